import { percentile } from './statistics.ts'

export interface LoopLag {
  readonly p99Ms: number
  readonly maxMs: number
}

const TICK_MS = 2

/**
 * How late this thread's timers come while `work` runs: each tick is due `TICK_MS` after the last one. Node rounds
 * timers to whole milliseconds, so about 1 ms is there on an idle machine too.
 */
export async function withLoopLag<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly lag: LoopLag }> {
  const lateMs: number[] = []
  let dueAt = performance.now() + TICK_MS
  const timer = setInterval(() => {
    const now = performance.now()
    lateMs.push(Math.max(0, now - dueAt))
    dueAt = now + TICK_MS
  }, TICK_MS)
  try {
    const result = await work()
    return { result, lag: { p99Ms: percentile(lateMs, 0.99), maxMs: Math.max(...lateMs) } }
  } finally {
    clearInterval(timer)
  }
}
