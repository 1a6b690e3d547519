/** A wait as people say it: "about 2–4 minutes". */
export interface WaitSpan {
  readonly unit: 'minute' | 'hour'
  /** From the likely … */
  readonly low: number
  /** … to what nine in ten keep. */
  readonly high: number
}

/** What is nearly a minute is told as one. */
const MINUTE_AT_LEAST_SECONDS = 45
/** Minutes say nothing any more beyond these. */
const MINUTES_AT_MOST = 90
/** Of a wait that is over: rounded down, one hour would say too little. */
const WAITED_MINUTES_AT_MOST = 120

/**
 * How every door rounds an estimate, so that no two tell another time; null is less than a minute. `highSeconds` null
 * means that no range is known: then rounded up.
 */
export function waitSpan(seconds: number, highSeconds: number | null): WaitSpan | null {
  const mostSeconds = highSeconds ?? seconds
  if (mostSeconds < MINUTE_AT_LEAST_SECONDS) return null
  const unit = seconds > MINUTES_AT_MOST * 60 ? 'hour' : 'minute'
  const unitSeconds = unit === 'hour' ? 3_600 : 60
  const high = Math.max(1, Math.ceil(mostSeconds / unitSeconds))
  const low = highSeconds === null ? high : Math.min(high, Math.max(1, Math.round(seconds / unitSeconds)))
  return { unit, low, high }
}

/** How long something has been waited for. */
export function waitedSpan(seconds: number): { readonly unit: WaitSpan['unit']; readonly count: number } {
  const minutes = seconds / 60
  if (minutes >= WAITED_MINUTES_AT_MOST) return { unit: 'hour', count: Math.floor(minutes / 60) }
  // "About 2 minutes" that are over were two, even where the last seconds are missing.
  return { unit: 'minute', count: Math.round(minutes) }
}
