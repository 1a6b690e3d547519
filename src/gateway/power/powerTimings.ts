import type { BackoffPolicy } from '../../shared/index.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/** Every time the power rules speak of. Tests scale them; nothing else holds a number. */
export interface PowerTimings {
  /**
   * After a start of the gateway nobody knows yet which servers are there: they get this long to come back. So does
   * every server whose connection breaks: its worker may only have been started again.
   */
  readonly arrivalMs: number
  /** How long a server takes to start, until its own starts have been seen: "about two minutes". */
  readonly defaultBootMs: number
  /** No machine starts faster: a shorter time says that it was there already, and teaches nothing. */
  readonly leastBootMs: number
  /** A start that takes this many times the usual (and `defaultBootMs` at least) is given up. */
  readonly patience: number
  /** Between two calls of the hook on its own account, whatever happened. */
  readonly gapMs: number
  /** After a call that failed, or a server that did not come. */
  readonly backoff: BackoffPolicy
  /** A server that was turned off and stays for so long was not. */
  readonly stopMs: number
  /** Without a hook, a longer wait is no start: somebody came in the morning. */
  readonly plausibleBootMs: number
  /** How often it is looked again while something is under way. */
  readonly reviewMs: number
}

export const POWER_TIMINGS: PowerTimings = {
  arrivalMs: 15 * SECOND_MS,
  defaultBootMs: 120 * SECOND_MS,
  leastBootMs: 5 * SECOND_MS,
  patience: 3,
  gapMs: MINUTE_MS,
  backoff: { baseMs: 30 * SECOND_MS, factor: 2, capMs: 30 * MINUTE_MS },
  stopMs: 5 * MINUTE_MS,
  plausibleBootMs: 15 * MINUTE_MS,
  reviewMs: 10 * SECOND_MS,
}
