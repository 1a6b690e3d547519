import { setTimeout as rest } from 'node:timers/promises'
import { percentile } from '../measure/statistics.ts'

/** One way a task goes from its submit to its worker. */
export interface StartRun {
  /** Submits one task and resolves when its worker has it. */
  submitAndStart(): Promise<void>
  /** Ends that task; resolves when the queue is idle again. */
  finish(): Promise<void>
  close(): Promise<void>
}

export interface StartTimes {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Longer than either queue needs to rest after a task. */
const IDLE_MS = 3

export async function timeStarts(run: StartRun, count: number): Promise<StartTimes> {
  const timesMs: number[] = []
  for (let index = 0; index < count; index += 1) {
    await rest(IDLE_MS)
    const startedAt = performance.now()
    await run.submitAndStart()
    timesMs.push(performance.now() - startedAt)
    await run.finish()
  }
  return { p50Ms: percentile(timesMs, 0.5), p99Ms: percentile(timesMs, 0.99) }
}

/** One thing that is waited for at a time. */
export function createSignal<T>(): { next(): Promise<T>; give(value: T): void } {
  let take: ((value: T) => void) | undefined
  return {
    next: () =>
      new Promise((resolve) => {
        take = resolve
      }),
    give: (value) => take?.(value),
  }
}
