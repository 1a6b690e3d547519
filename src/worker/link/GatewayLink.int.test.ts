import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WorkerInfo } from '../../protocol/dsp/index.ts'
import type { Clock } from '../../shared/index.ts'
import { createLogger, systemClock } from '../../shared/node/index.ts'
import { startScriptedGateway, WORKER_SECRET } from '../testing/scriptedGateway.ts'
import type { ScriptedGateway } from '../testing/scriptedGateway.ts'
import { parseGatewayUrl } from './address.ts'
import { GatewayLink } from './GatewayLink.ts'
import type { LinkState } from './GatewayLink.ts'

const log = createLogger({ name: 'worker', level: 'silent', destination: 'stderr' })
const SOON_MS = 20
const worker: WorkerInfo = {
  ...{ id: 'w_0123456789abcdef', name: 'one', boot_id: 'b_0123456789abcdef', task_types: ['heygem_submit'] },
  ...{ max_concurrent: 1, engines: [], features: [] },
}

describe('GatewayLink', () => {
  let gateway: ScriptedGateway
  let link: GatewayLink

  beforeEach(async () => {
    gateway = await startScriptedGateway()
  })
  afterEach(async () => {
    link.stop()
    await gateway.stop()
  })

  it('takes a refusal that comes after it cut a connection itself for none: it is back at once', async () => {
    let stoodStillMs = 0
    const clock: Clock = {
      now: () => systemClock.now() + stoodStillMs,
      monotonic: () => systemClock.monotonic() + stoodStillMs,
      setTimer: (run, delayMs) => systemClock.setTimer(run, delayMs),
    }
    const states: LinkState['kind'][] = []
    link = new GatewayLink({
      ...{ dspUrl: parseGatewayUrl(gateway.url).dspUrl, secret: WORKER_SECRET, clock, log },
      timings: {
        policy: { baseMs: SOON_MS, factor: 1, capMs: SOON_MS },
        ...{ fastMs: SOON_MS, restartMs: SOON_MS, refusedMs: 600_000, replacedMs: 600_000 },
      },
      describe: () => ({ worker, resume: [] }),
      onState: ({ kind }) => states.push(kind),
      onRegistered: () => undefined,
      onFrame: ({ type }) => {
        if (type !== 'gpu.heartbeat.ack') return
        stoodStillMs += 60_000
        link.send({ type: 'gpu.heartbeat', version: '1.0', tasks: [] })
      },
    })
    link.start()
    await gateway.registered(1)
    // Both are on their way when the first is read.
    gateway.send({ type: 'gpu.heartbeat.ack', version: '1.0', revoked: [], cancel: [], capabilities: {} })
    gateway.send({
      ...{ type: 'error', version: '1.0', request_id: null, error: true },
      result: { code: 'STALE_LEASE', message: 'old', hint: '', retryable: false },
    })
    await gateway.registered(2)
    await vi.waitFor(() => {
      expect(states).toEqual(['connecting', 'registered', 'offline', 'connecting', 'registered'])
    })
  })

  it('says that wss does not fit a gateway without a certificate, instead of that it is away', async () => {
    const states: LinkState[] = []
    const { dspUrl } = parseGatewayUrl(gateway.url.replace(/^(?:http|ws):/, 'wss:'))
    expect(dspUrl).toMatch(/^wss:/)
    link = new GatewayLink({
      ...{ dspUrl, secret: WORKER_SECRET, clock: systemClock, log },
      describe: () => ({ worker, resume: [] }),
      onState: (state) => states.push(state),
      onRegistered: () => undefined,
      onFrame: () => undefined,
    })
    link.start()
    await vi.waitFor(() => {
      expect(states[1]).toMatchObject({ kind: 'refused', error: { code: 'GATEWAY_PLAIN' } })
    })
  })
})
