import type { FleetTimings } from './health.ts'
import type { Admission } from './port.ts'

/** Connects of one worker. Times are monotonic. */
export interface Arrivals {
  /** Those of the last `flapWindowMs` that were let in. */
  readonly connectsMs: readonly number[]
  readonly delayMs: number
  readonly blockedUntilMs: number
}

export const NO_ARRIVALS: Arrivals = { connectsMs: [], delayMs: 0, blockedUntilMs: 0 }

/**
 * Lets a worker in, or tells it to come later. A few reconnects are normal (a gateway that restarts, a bad line); one
 * that comes more often than `flapConnects` in the window waits longer each time, until it was quiet for a window.
 */
export function arrive(
  arrivals: Arrivals,
  nowMs: number,
  timings: FleetTimings,
): { readonly admission: Exclude<Admission, { readonly kind: 'replaced' }>; readonly arrivals: Arrivals } {
  if (nowMs < arrivals.blockedUntilMs) {
    return { admission: { kind: 'later', retryAfterMs: Math.ceil(arrivals.blockedUntilMs - nowMs) }, arrivals }
  }
  const windowStartMs = nowMs - timings.flapWindowMs
  const connectsMs = [...arrivals.connectsMs.filter((atMs) => atMs > windowStartMs), nowMs]
  const isQuiet = arrivals.blockedUntilMs <= windowStartMs
  const isFlapping = connectsMs.length > timings.flapConnects || (arrivals.delayMs > 0 && !isQuiet)
  const delayMs = isFlapping ? nextDelayMs(arrivals.delayMs, timings) : 0
  return {
    admission: { kind: 'welcome', restMs: delayMs },
    arrivals: { connectsMs, delayMs, blockedUntilMs: delayMs === 0 ? 0 : nowMs + delayMs },
  }
}

function nextDelayMs(delayMs: number, timings: FleetTimings): number {
  return delayMs === 0 ? timings.flapFirstDelayMs : Math.min(timings.flapMaxDelayMs, delayMs * 2)
}
