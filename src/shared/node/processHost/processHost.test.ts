import { expect, it } from 'vitest'
import { createFakeClock } from '../../index.ts'
import { createProcessHost } from './processHost.ts'

it('counts a start that the system refuses as an exit, and tries again until the breaker opens', async () => {
  const clock = createFakeClock()
  let tries = 0
  const host = createProcessHost({
    name: 'gateway',
    spawn: {
      spawn: () => {
        tries += 1
        throw new Error('spawn EAGAIN')
      },
    },
    clock,
    readyTimeoutMs: 1_000,
    backoff: { baseMs: 100, factor: 2, capMs: 1_000 },
    breaker: { crashes: 3, windowMs: 60_000 },
    hello: () => undefined,
    isReady: () => true,
    log: () => undefined,
  })
  host.start()
  const running = expect(host.whenRunning()).rejects.toMatchObject({ code: 'PROCESS_CRASHED' })
  clock.advance(100)
  clock.advance(200)
  await running
  expect([tries, host.state]).toMatchObject([3, { kind: 'broken', reason: 'could not be started: spawn EAGAIN' }])
})
