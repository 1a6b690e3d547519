import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Timer } from '../../index.ts'

/** 16 MiB: a page that is written in many commits goes back into the database once, not once in 4 MiB of WAL. */
const CHECKPOINT_PAGES = 4_096
/** A flood leaves no time between its commits: SQLite brings a log of this length in within a commit. */
export const MOST_LOG_PAGES = 2 * CHECKPOINT_PAGES
const LOOK_EVERY_COMMITS = 32
const EVERY_MS = 30_000

interface LogState {
  /** Pages in the WAL, and how many of them are in the database already. */
  readonly log: number
  readonly checkpointed: number
}

/**
 * Brings the WAL into the database between turns of the event loop: whoever waits for a commit has had the answer by
 * then. Now and then a little log is brought in too, so that a copy of the database file alone is not far behind.
 * Never throws: what a full disk does not take stays in the WAL until it does.
 */
export class Checkpoints {
  readonly #db: DatabaseSync
  readonly #clock: Clock
  #timer: Timer | undefined
  #commits = 0
  #isClosed = false

  constructor(db: DatabaseSync, clock: Clock) {
    this.#db = db
    this.#clock = clock
    this.#arm()
  }

  /** After each commit of the owner's. */
  committed(): void {
    this.#commits += 1
    if (this.#commits % LOOK_EVERY_COMMITS !== 0) return
    setImmediate(() => {
      if (!this.#isClosed && this.#pagesLeft() >= CHECKPOINT_PAGES) this.#run()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(() => {
      this.#run()
      this.#arm()
    }, EVERY_MS)
  }

  /** As far as it goes without waiting for anybody who reads. */
  #run(): void {
    try {
      this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {
      // The same disk tells whoever writes next.
    }
  }

  #pagesLeft(): number {
    try {
      // NOOP only counts; 0 where there is no WAL.
      const state = this.#db.prepare('PRAGMA wal_checkpoint(NOOP)').get() as LogState | undefined
      return state === undefined ? 0 : state.log - state.checkpointed
    } catch {
      return 0
    }
  }
}
