import { afterEach, describe, expect, it } from 'vitest'
import { submit } from '../queue/contract/fixture.ts'
import type { Settlement } from '../queue/port.ts'
import { openDispatchBench } from '../testing/dispatchBench.ts'
import type { DispatchBench } from '../testing/dispatchBench.ts'
import { simulateWork } from '../testing/simulatedWork.ts'

/** Hours of a clock that only a test moves, in seconds of a machine that may be busy. */
const SIMULATION_LIMIT_MS = 60_000

const RATE_LIMITED: Settlement = { kind: 'failed', failure: { code: 'RATE_LIMITED' }, retryable: true }
const MINUTE_MS = 60_000

let at: DispatchBench

afterEach(async () => {
  await at.close()
})

async function submitMany(count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    await submit(at.queue, `request-${String(number)}`, { tenant: `t-${String(number % 3)}` })
  }
}

describe('a server that stands less than it declares', { timeout: SIMULATION_LIMIT_MS }, () => {
  it('is found out: 5, then 12, then 3 at once, each within five minutes; nothing fails, nothing counts as a try', async () => {
    at = openDispatchBench()
    await submitMany(1_200)
    const worker = await at.connect('worker-1', { max_concurrent: 12 })
    const trueLimit = (nowMs: number): number => [5, 12, 3][Math.floor(nowMs / (5 * MINUTE_MS))] ?? 3
    const limitAt = new Map<number, number>()
    let least = Infinity
    await simulateWork(at, [worker], Infinity, {
      runMs: 10_000,
      untilMs: 15 * MINUTE_MS,
      refuse: (nowMs, running) => (running >= trueLimit(nowMs) ? RATE_LIMITED : undefined),
      onSecond: (nowMs) => {
        const limit = at.fleet.get('GPU-001')?.limit ?? 0
        least = Math.min(least, limit)
        if ((nowMs + 1_000) % (5 * MINUTE_MS) === 0) limitAt.set(nowMs, limit)
      },
    })
    const [five, twelve, three] = [...limitAt.values()]
    expect([3, 4, 5, 6]).toContain(five)
    expect([11, 12]).toContain(twelve)
    expect([2, 3, 4]).toContain(three)
    expect(least).toBe(2)
    const { byState } = await at.queue.statistics()
    expect([byState.failed, byState.dead, byState.expired]).toEqual([0, 0, 0])
    expect(byState.succeeded).toBeGreaterThan(400)
  })

  it('goes no lower than the least, also when it refuses everything, and no task is failed by that', async () => {
    at = openDispatchBench()
    await submitMany(100)
    const worker = await at.connect('worker-1', { max_concurrent: 12 })
    const isOver = 10 * MINUTE_MS
    const ended = await simulateWork(at, [worker], 100, {
      runMs: 10_000,
      untilMs: 60 * MINUTE_MS,
      refuse: (nowMs) => (nowMs < isOver ? RATE_LIMITED : undefined),
      onSecond: (nowMs) => {
        if (nowMs === isOver) expect(at.fleet.get('GPU-001')?.limit).toBe(2)
      },
    })
    expect(ended.length).toBe(100)
  })
})
