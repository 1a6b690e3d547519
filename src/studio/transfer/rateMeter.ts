import type { Clock } from '../../shared/index.ts'

export interface RateMeter {
  /** Takes the bytes done so far; gives bytes per second over the last few seconds, null until it is known. */
  measure(bytesDone: number): number | null
}

const WINDOW_MS = 5_000
const MIN_SPAN_MS = 500

/** Rate over a sliding window, on the clock that never jumps. */
export function createRateMeter(clock: Clock): RateMeter {
  const samples: { readonly atMs: number; readonly bytes: number }[] = []
  return {
    measure(bytesDone) {
      const nowMs = clock.monotonic()
      samples.push({ atMs: nowMs, bytes: bytesDone })
      while (samples.length > 2 && nowMs - (samples[0]?.atMs ?? nowMs) > WINDOW_MS) samples.shift()
      const first = samples[0]
      if (first === undefined || nowMs - first.atMs < MIN_SPAN_MS) return null
      return Math.max(0, ((bytesDone - first.bytes) * 1000) / (nowMs - first.atMs))
    },
  }
}
