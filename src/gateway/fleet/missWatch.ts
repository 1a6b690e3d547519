import type { Clock, Timer } from '../../shared/index.ts'

/**
 * A missed heartbeat is an event that nobody sends: looked for at the earliest time at which one can be missed. Good
 * heartbeats only move that time on, so a running timer is never too late.
 */
export class MissWatch {
  readonly #clock: Clock
  readonly #onMiss: () => void
  #timer: Timer | undefined
  #isStopped = false

  constructor(clock: Clock, onMiss: () => void) {
    this.#clock = clock
    this.#onMiss = onMiss
  }

  /** `missesMs`: monotonic times at which a heartbeat of somebody connected is late. */
  arm(missesMs: readonly number[]): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const nextMs = missesMs.reduce((least, missMs) => Math.min(least, missMs), Infinity)
    if (this.#isStopped || nextMs === Infinity) return
    // Late is later than the limit, not at it.
    const delayMs = Math.max(1, nextMs - this.#clock.monotonic() + 1)
    this.#timer = this.#clock.setTimer(this.#onMiss, delayMs)
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
