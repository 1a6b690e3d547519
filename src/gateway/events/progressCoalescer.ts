import type { Clock, Timer } from '../../shared/index.ts'
import type { ProgressNews } from '../parts.ts'

/** Lets through at most one step per task and interval: the first at once, then the newest of each interval. */
export class ProgressCoalescer {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #emit: (news: ProgressNews) => void
  readonly #waiting = new Map<string, { newest: ProgressNews | undefined; readonly timer: Timer }>()

  constructor(clock: Clock, everyMs: number, emit: (news: ProgressNews) => void) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#emit = emit
  }

  push(news: ProgressNews): void {
    const waiting = this.#waiting.get(news.progress.task_id)
    if (waiting === undefined) {
      this.#emit(news)
      this.#open(news.progress.task_id)
    } else {
      waiting.newest = news
    }
  }

  stop(): void {
    for (const { timer } of this.#waiting.values()) timer.cancel()
    this.#waiting.clear()
  }

  #open(taskId: string): void {
    const timer = this.#clock.setTimer(() => {
      const newest = this.#waiting.get(taskId)?.newest
      this.#waiting.delete(taskId)
      if (newest !== undefined) this.push(newest)
    }, this.#everyMs)
    this.#waiting.set(taskId, { newest: undefined, timer })
  }
}
