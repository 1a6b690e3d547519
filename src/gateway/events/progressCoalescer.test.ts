import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import type { ProgressNews } from '../parts.ts'
import { ProgressCoalescer } from './progressCoalescer.ts'

function news(taskId: string, progress: number): ProgressNews {
  const step = { version: 1, stage: 'encode', frame: null, total_frames: null } as const
  return { tenant: 't-one', progress: { ...step, task_id: taskId, progress } }
}

describe('ProgressCoalescer', () => {
  it('tells the first step at once and then the newest of each interval, per task', () => {
    const clock = createFakeClock()
    const told: unknown[] = []
    const coalescer = new ProgressCoalescer(clock, 250, ({ progress }) =>
      told.push([progress.task_id, progress.progress]),
    )
    for (let step = 0; step < 100; step++) {
      coalescer.push(news('a', step))
      clock.advance(10)
    }
    coalescer.push(news('b', 7))
    expect(told.length).toBeLessThanOrEqual(6)
    clock.advance(1_000)
    expect(told[0]).toEqual(['a', 0])
    expect(told).toContainEqual(['a', 99])
    expect(told).toContainEqual(['b', 7])
    coalescer.stop()
    expect(clock.pendingTimers).toBe(0)
  })
})
