import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../index.ts'
import { systemClock } from '../clock/index.ts'
import { nodeChildAdapter } from './nodeChildAdapter.ts'
import { createProcessHost } from './processHost.ts'
import type { ProcessHostDeps } from './processHost.ts'
import { describeSpawnAdapter } from './spawnAdapterContract.ts'

const entry = fileURLToPath(new URL('./fixtures/echoChild.ts', import.meta.url))

describeSpawnAdapter({
  name: 'node child',
  spawnEcho: () => nodeChildAdapter({ entry }),
  spawnMissing: () => nodeChildAdapter({ entry: `${entry}.missing`, stderr: 'ignore' }),
})

describe('process host over real children', () => {
  const deps = (overrides: Partial<ProcessHostDeps> = {}): ProcessHostDeps => ({
    name: 'echo',
    spawn: nodeChildAdapter({ entry, stderr: 'ignore' }),
    clock: systemClock,
    readyTimeoutMs: 10_000,
    backoff: { baseMs: 1, factor: 2, capMs: 10 },
    breaker: { crashes: 3, windowMs: 60_000 },
    hello: (generation) => ({ token: 'secret', generation }),
    isReady: (message) => JSON.stringify(message).includes('secret'),
    log: () => undefined,
    ...overrides,
  })

  it('hands the token over the channel, restarts after a crash as a new generation, and stops', async () => {
    const host = createProcessHost(deps())
    host.start()
    await host.whenRunning()
    expect(host.state).toMatchObject({ kind: 'running', generation: 1 })
    const isSecondLife = new Promise<void>((resolve) => {
      host.onState((state) => {
        if (state.kind === 'running' && state.generation === 2) resolve()
      })
    })
    expect(host.send({ exit: 9 })).toBe(true)
    await isSecondLife
    await host.stop()
    await host.stop()
    expect(host.state).toEqual({ kind: 'stopped', generation: 2 })
  })

  it('opens the breaker after three exits and says why', async () => {
    const host = createProcessHost(deps({ spawn: nodeChildAdapter({ entry: `${entry}.missing`, stderr: 'ignore' }) }))
    host.start()
    await expect(host.whenRunning()).rejects.toMatchObject({
      code: 'PROCESS_CRASHED',
      data: { process: 'echo' },
    })
    expect(host.state).toEqual({ kind: 'broken', generation: 3, reason: 'exited with 1' })
    await host.stop()
  })

  it('kills a child that outlives the stop deadline', async () => {
    const clock = createFakeClock()
    const host = createProcessHost(deps({ clock, stopTimeoutMs: 500 }))
    host.start()
    await host.whenRunning()
    const echoed = new Promise((resolve) => host.onMessage(resolve))
    host.send({ ignoreTerm: true })
    await echoed
    const stopped = host.stop()
    clock.advance(500)
    await stopped
    expect({ state: host.state.kind, timers: clock.pendingTimers }).toEqual({ state: 'stopped', timers: 0 })
  })
})
