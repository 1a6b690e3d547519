import type { Clock } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import type { LateWrites } from './lateWrites.ts'

/**
 * Which workers were given which content: they may have it in their caches until they say that they removed it.
 * Written a moment later; what a crash takes is read again from the tasks.
 */
export class Holdings {
  readonly #db: Database
  readonly #clock: Clock
  readonly #writes: LateWrites

  constructor(db: Database, clock: Clock, writes: LateWrites) {
    this.#db = db
    this.#clock = clock
    this.#writes = writes
  }

  note(worker: string, sha256s: readonly string[]): void {
    const sql = 'INSERT OR IGNORE INTO holding(sha256, worker, at) VALUES (?, ?, ?)'
    for (const sha256 of sha256s) {
      this.#writes.add(`${sha256}/${worker}`, () => {
        this.#db.run(sql, sha256, worker, this.#clock.now())
      })
    }
  }

  workersOf(sha256: string): string[] {
    this.#writes.flush()
    const rows = this.#db.all<{ worker: string }>('SELECT worker FROM holding WHERE sha256 = ?', sha256)
    return rows.map((row) => row.worker)
  }

  remove(sha256: string, worker: string): void {
    this.#db.run('DELETE FROM holding WHERE sha256 = ? AND worker = ?', sha256, worker)
  }

  forgetWorker(worker: string): void {
    this.#db.run('DELETE FROM holding WHERE worker = ?', worker)
  }
}
