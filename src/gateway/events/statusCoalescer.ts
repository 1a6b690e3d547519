import type { GpuStatus } from '../../protocol/events/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'

/**
 * Lets a GPU status through at once when its word changes (online, offline …); of mere numbers the newest of each
 * interval, so that a thousand workers coming at once are told as a few.
 */
export class StatusCoalescer {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #emit: (status: GpuStatus) => void
  #told: GpuStatus['status'] | undefined
  #newest: GpuStatus | undefined
  #timer: Timer | undefined

  constructor(clock: Clock, everyMs: number, emit: (status: GpuStatus) => void) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#emit = emit
  }

  push(status: GpuStatus): void {
    if (this.#timer === undefined || status.status !== this.#told) this.#tell(status)
    else this.#newest = status
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#newest = undefined
  }

  #tell(status: GpuStatus): void {
    this.stop()
    this.#told = status.status
    this.#timer = this.#clock.setTimer(() => {
      const newest = this.#newest
      this.stop()
      if (newest !== undefined) this.#tell(newest)
    }, this.#everyMs)
    this.#emit(status)
  }
}
