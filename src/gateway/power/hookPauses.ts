import { fullJitterMs } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { PowerTimings } from './powerTimings.ts'

/** What outlives a restart: how often each server did not come (null: whichever the hook chose), and the pause. */
export interface KeptPauses {
  readonly failures: ReadonlyMap<string | null, number>
  /** Unix milliseconds of the wall clock. */
  readonly notBeforeMs: number
}

export interface HookPausesDeps {
  readonly clock: Clock
  readonly timings: Pick<PowerTimings, 'gapMs' | 'backoff'>
  readonly kept: KeptPauses
  readonly keep: (pauses: KeptPauses) => void
}

/** When the hook may be called again on the gateway's own account, and which servers did not come when called. */
export class HookPauses {
  readonly #deps: HookPausesDeps
  readonly #failures: Map<string | null, number>
  #notBeforeMono: number

  constructor(deps: HookPausesDeps) {
    const { clock, timings, kept } = deps
    this.#deps = deps
    this.#failures = new Map(kept.failures)
    // However the wall clock was set meanwhile, no pause is longer than the longest.
    const longestMs = Math.max(timings.gapMs, timings.backoff.capMs)
    const leftMs = Math.min(Math.max(0, kept.notBeforeMs - clock.now()), longestMs)
    this.#notBeforeMono = clock.monotonic() + leftMs
  }

  get notBeforeMono(): number {
    return this.#notBeforeMono
  }

  isOver(): boolean {
    return this.#deps.clock.monotonic() >= this.#notBeforeMono
  }

  failuresOf(serverId: string | null): number {
    return this.#failures.get(serverId) ?? 0
  }

  called(): void {
    this.#pauseFor(this.#deps.timings.gapMs)
  }

  /** The call failed, or the server did not come: the next try is further away each time. */
  failed(serverId: string | null): void {
    const { gapMs, backoff } = this.#deps.timings
    this.#failures.set(serverId, this.failuresOf(serverId) + 1)
    const inRow = [...this.#failures.values()].reduce((sum, count) => sum + count, 0)
    this.#pauseFor(
      Math.max(
        fullJitterMs(backoff, inRow - 1, () => 1),
        gapMs,
      ),
    )
  }

  forget(serverId: string): void {
    if (this.#failures.delete(serverId)) this.#keep()
  }

  /** What failed before is over: power works. */
  arrived(): void {
    if (this.#failures.size === 0) return
    this.#failures.clear()
    const { clock, timings } = this.#deps
    this.#notBeforeMono = Math.min(this.#notBeforeMono, clock.monotonic() + timings.gapMs)
    this.#keep()
  }

  #pauseFor(ms: number): void {
    this.#notBeforeMono = this.#deps.clock.monotonic() + ms
    this.#keep()
  }

  #keep(): void {
    const { clock, keep } = this.#deps
    const notBeforeMs = clock.now() + this.#notBeforeMono - clock.monotonic()
    keep({ failures: new Map(this.#failures), notBeforeMs })
  }
}
