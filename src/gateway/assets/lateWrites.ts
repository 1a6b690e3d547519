import type { Clock, Timer } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'

const WRITE_AFTER_MS = 250

/** Small notes that need not be durable at once: many share one transaction, and none holds up a submit. */
export class LateWrites {
  readonly #db: Database
  readonly #clock: Clock
  readonly #log: Logger
  readonly #waiting = new Map<string, () => void>()
  #timer: Timer | undefined

  constructor(db: Database, clock: Clock, log: Logger) {
    this.#db = db
    this.#clock = clock
    this.#log = log
  }

  /** Of two writes with one key the newer is done. */
  add(key: string, write: () => void): void {
    this.#waiting.set(key, write)
    this.#timer ??= this.#clock.setTimer(() => {
      try {
        this.flush()
      } catch (error) {
        this.#log.error('notes on the use of files could not be written; they are tried again', { error })
      }
    }, WRITE_AFTER_MS)
  }

  /** Throws what the database throws; what could not be written is kept for the next time. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#waiting.size === 0) return
    this.#db.transaction(() => {
      for (const write of this.#waiting.values()) write()
    })
    this.#waiting.clear()
  }
}
