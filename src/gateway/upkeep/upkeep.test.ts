import { describe, expect, it } from 'vitest'
import { createFakeClock, delay } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { startUpkeep } from './upkeep.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe('startUpkeep', () => {
  it('does each chore in rounds of its own, a failed one too', async () => {
    const clock = createFakeClock()
    const done: string[] = []
    const chore = (name: string, everyMs: number, fails = false) => ({
      name,
      everyMs,
      run: async () => {
        done.push(name)
        if (fails) throw new Error('not this time')
      },
    })
    const upkeep = startUpkeep([chore('slow', 300), chore('quick', 100, true)], { clock, log })
    for (let round = 0; round < 3; round++) {
      clock.advance(100)
      await settled()
    }
    expect(done).toEqual(['quick', 'quick', 'slow', 'quick'])
    await upkeep.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('never runs a chore beside itself, and ends it when it is stopped', async () => {
    const clock = createFakeClock()
    let rounds = 0
    const run = async (signal: AbortSignal): Promise<void> => {
      rounds += 1
      await delay(clock, 1_000_000, signal)
    }
    const upkeep = startUpkeep([{ name: 'long', everyMs: 100, run }], { clock, log })
    clock.advance(100)
    await settled()
    clock.advance(10_000)
    await settled()
    expect(rounds).toBe(1)
    await upkeep.stop()
    await upkeep.stop()
    expect(clock.pendingTimers).toBe(0)
  })
})
