import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createFakeClock } from '../shared/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { assembleGateway } from './app.ts'
import type { AssembleOptions } from './app.ts'
import { FieldRunTable } from './dsp/fieldWorkers/fieldRunTable.ts'
import { openGatewayDatabase } from './store/gatewayDatabase.ts'
import { newKey } from './testing/gatewayBench.ts'

it('closes what it opened when a later part cannot be built: no timer or run is left, and the folder is free', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'dhs-assemble-'))
  const clock = createFakeClock()
  const nobody = { hosts: new Set<string>(), origins: new Set<string>(), isStopping: false, trustsProxy: false }
  const options: AssembleOptions = {
    ...{ dataDir, clock, version: '0.0.0-test', trustsProxy: false },
    credentials: { licenseKey: newKey('lk'), workerSecret: newKey('ws'), adminToken: newKey('at') },
    log: createLogger({ name: 'gateway-test', destination: 'stderr', level: 'silent' }),
    // It watches idle servers from the start on.
    settings: { idle_off_minutes: 1 },
    fieldWorkers: { serverUrl: 'http://127.0.0.1:9', servers: [] },
    policy: () => ({ ...nobody, certificateEndsMs: null, takesDspToken: false }),
  }
  const certificate = { certPem: 'not a certificate', keyPem: 'not a key', names: [], notAfterMs: 0 }
  // A run of a field worker is followed from the moment its door is open.
  const db = openGatewayDatabase(dataDir)
  const ref = { task_id: `t_${'0'.repeat(32)}`, epoch: 1, token: '0'.repeat(32) }
  new FieldRunTable(db).begin({ ref, workerId: 'field-10-0-0-5', requestId: 'r_1' })
  db.close()
  try {
    await expect(assembleGateway({ ...options, certificate })).rejects.toThrow()
    expect(clock.pendingTimers).toBe(0)
    const gateway = await assembleGateway(options)
    await gateway.stop()
    expect(clock.pendingTimers).toBe(0)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
