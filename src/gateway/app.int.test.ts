import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createFakeClock } from '../shared/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { assembleGateway } from './app.ts'
import type { AssembleOptions } from './app.ts'
import { newKey } from './testing/gatewayBench.ts'

it('closes what it opened when a later part cannot be built: no timer is left, and the folder is free', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'dhs-assemble-'))
  const clock = createFakeClock()
  const nobody = { hosts: new Set<string>(), origins: new Set<string>(), isStopping: false, trustsProxy: false }
  const options: AssembleOptions = {
    ...{ dataDir, clock, version: '0.0.0-test', trustsProxy: false },
    credentials: { licenseKey: newKey('lk'), workerSecret: newKey('ws'), adminToken: newKey('at') },
    log: createLogger({ name: 'gateway-test', destination: 'stderr', level: 'silent' }),
    // It watches idle servers from the start on.
    settings: { idle_off_minutes: 1 },
    policy: () => ({ ...nobody, certificateEndsMs: null, takesDspToken: false }),
  }
  const certificate = { certPem: 'not a certificate', keyPem: 'not a key', names: [], notAfterMs: 0 }
  try {
    await expect(assembleGateway({ ...options, certificate })).rejects.toThrow()
    expect(clock.pendingTimers).toBe(0)
    const gateway = await assembleGateway(options)
    await gateway.close()
    expect(clock.pendingTimers).toBe(0)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
