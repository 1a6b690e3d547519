import { expect, it, vi } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import type { Engine, EngineReadiness } from './port.ts'
import { watchReadiness } from './readiness.ts'

it('takes an engine that cannot be asked for one that is not ready, and asks again', async () => {
  const clock = createFakeClock()
  const answers: (EngineReadiness | Error)[] = [
    { ready: true, version: '1' },
    new Error('spawn EMFILE'),
    { ready: true, version: '1' },
  ]
  const engine: Engine = {
    ...{ name: 'any', features: [], lipSync: true, run: () => Promise.reject(new Error('nothing is run')) },
    async probe() {
      const answer = answers.shift()
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('asked too often')
      return answer
    },
  }
  const told: (string | undefined)[] = []
  const watch = watchReadiness(engine, clock, ({ ready, reason }) => told.push(ready ? 'ready' : reason))
  await watch.start()
  clock.advance(60_000)
  await vi.waitFor(() => {
    expect(told).toEqual(['ready', 'spawn EMFILE'])
  })
  clock.advance(10_000)
  await vi.waitFor(() => {
    expect(told).toEqual(['ready', 'spawn EMFILE', 'ready'])
  })
  watch.stop()
  expect(clock.pendingTimers).toBe(0)
})
