import { fullJitterMs } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { PowerTimings } from './powerTimings.ts'

/** When the hook may be called again on the gateway's own account, and which servers did not come when called. */
export class HookPauses {
  readonly #clock: Clock
  readonly #timings: Pick<PowerTimings, 'gapMs' | 'backoff'>
  readonly #failures = new Map<string | null, number>()
  #notBeforeMono = 0

  constructor(clock: Clock, timings: Pick<PowerTimings, 'gapMs' | 'backoff'>) {
    this.#clock = clock
    this.#timings = timings
  }

  get notBeforeMono(): number {
    return this.#notBeforeMono
  }

  isOver(): boolean {
    return this.#clock.monotonic() >= this.#notBeforeMono
  }

  failuresOf(serverId: string | null): number {
    return this.#failures.get(serverId) ?? 0
  }

  called(): void {
    this.#notBeforeMono = this.#clock.monotonic() + this.#timings.gapMs
  }

  /** The call failed, or the server did not come: the next try is further away each time. */
  failed(serverId: string | null): void {
    this.#failures.set(serverId, this.failuresOf(serverId) + 1)
    const inRow = [...this.#failures.values()].reduce((sum, count) => sum + count, 0)
    const pauseMs = fullJitterMs(this.#timings.backoff, inRow - 1, () => 1)
    this.#notBeforeMono = this.#clock.monotonic() + Math.max(pauseMs, this.#timings.gapMs)
  }

  forget(serverId: string): void {
    this.#failures.delete(serverId)
  }

  arrived(): void {
    this.#failures.clear()
  }
}
