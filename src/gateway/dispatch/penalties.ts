import type { Clock } from '../../shared/index.ts'

interface Penalty {
  readonly untilMs: number
  readonly inARow: number
}

/** A worker that refuses again and again is asked more and more rarely: up to so many times the first pause. */
const MAX_FACTOR = 32

/** Workers that are left alone for a while. Times are monotonic. */
export class Penalties {
  readonly #clock: Clock
  readonly #firstMs: number
  readonly #byWorker = new Map<string, Penalty>()

  constructor(clock: Clock, firstMs: number) {
    this.#clock = clock
    this.#firstMs = firstMs
  }

  isResting(workerId: string): boolean {
    return (this.#byWorker.get(workerId)?.untilMs ?? 0) > this.#clock.monotonic()
  }

  /** It rejected or ignored a job: twice as long as the last time, until it accepts one. */
  punish(workerId: string): void {
    const inARow = (this.#byWorker.get(workerId)?.inARow ?? 0) + 1
    const factor = Math.min(MAX_FACTOR, 2 ** (inARow - 1))
    this.#byWorker.set(workerId, { inARow, untilMs: this.#clock.monotonic() + this.#firstMs * factor })
  }

  /** It gets nothing for so long, for whatever other reason. */
  rest(workerId: string, restMs: number): void {
    const { untilMs = 0, inARow = 0 } = this.#byWorker.get(workerId) ?? {}
    this.#byWorker.set(workerId, { inARow, untilMs: Math.max(untilMs, this.#clock.monotonic() + restMs) })
  }

  /** It accepted a job, or came anew: what was is forgotten. */
  forgive(workerId: string): void {
    this.#byWorker.delete(workerId)
  }
}
