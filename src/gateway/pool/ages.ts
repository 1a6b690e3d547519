import { DAY_MS, HOUR_MS } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'

/** A machine that slept over the week-end is no reason to doubt its clock; longer sleepers lose some hours of tidying. */
const JUMP_MS = 3 * DAY_MS
/** Time for a person, or NTP, to put a wrong clock right. */
const DOUBT_MS = 6 * HOUR_MS

/**
 * Whether the ages of files can be believed. They are told by the wall clock; when that leaps, everything would look
 * years old at once, and what is removed then does not come back with the right time.
 */
export class Ages {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>
  #seen: { readonly wallMs: number; readonly monoMs: number }
  #doubtedUntilMono = Number.NEGATIVE_INFINITY

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock
    this.#seen = { wallMs: clock.now(), monoMs: clock.monotonic() }
  }

  /** Asked before each round of removals. */
  areBelieved(): boolean {
    const now = { wallMs: this.#clock.now(), monoMs: this.#clock.monotonic() }
    const leapMs = now.wallMs - this.#seen.wallMs - (now.monoMs - this.#seen.monoMs)
    this.#seen = now
    if (Math.abs(leapMs) > JUMP_MS) this.#doubtedUntilMono = now.monoMs + DOUBT_MS
    return now.monoMs >= this.#doubtedUntilMono
  }
}
