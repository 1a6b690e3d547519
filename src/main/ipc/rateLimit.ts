import type { Clock } from '../../shared/index.ts'

export interface RateLimit {
  /** False when this second's requests are used up. */
  take(): boolean
}

/** A token bucket: `burst` at once, then `perSecond`. */
export function createRateLimit(
  limit: { readonly perSecond: number; readonly burst: number },
  clock: Pick<Clock, 'monotonic'>,
): RateLimit {
  let tokens = limit.burst
  let filledAtMs = clock.monotonic()
  return {
    take() {
      const nowMs = clock.monotonic()
      tokens = Math.min(limit.burst, tokens + ((nowMs - filledAtMs) / 1000) * limit.perSecond)
      filledAtMs = nowMs
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
