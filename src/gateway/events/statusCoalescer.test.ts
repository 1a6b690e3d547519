import { describe, expect, it } from 'vitest'
import type { GpuStatus } from '../../protocol/events/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { StatusCoalescer } from './statusCoalescer.ts'

function status(workers: number, word: GpuStatus['status'] = 'online'): GpuStatus {
  return { status: word, workers, slots: workers, engines: [] }
}

function scene() {
  const clock = createFakeClock()
  const told: string[] = []
  const coalescer = new StatusCoalescer(clock, 1_000, (one) => told.push(`${one.status} ${String(one.workers)}`))
  return { clock, told, coalescer }
}

describe('StatusCoalescer', () => {
  it('tells a thousand workers that come in two seconds as a few, and the last of them', () => {
    const { clock, told, coalescer } = scene()
    for (let workers = 1; workers <= 1_000; workers++) {
      coalescer.push(status(workers))
      clock.advance(2)
    }
    clock.advance(1_000)
    expect(told).toEqual(['online 1', 'online 500', 'online 1000'])
    clock.advance(1_000)
    coalescer.push(status(999))
    expect(told.at(-1)).toBe('online 999')
    coalescer.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('tells at once that the last one went or the first one came, and nothing older after it', () => {
    const { clock, told, coalescer } = scene()
    coalescer.push(status(2))
    coalescer.push(status(1))
    coalescer.push(status(0, 'offline'))
    coalescer.push(status(0, 'starting'))
    coalescer.push(status(1))
    clock.advance(5_000)
    expect(told).toEqual(['online 2', 'offline 0', 'starting 0', 'online 1'])
    coalescer.stop()
    expect(clock.pendingTimers).toBe(0)
  })
})
