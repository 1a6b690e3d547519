import type { Database } from '../../shared/node/index.ts'
import type { LateWrites } from './lateWrites.ts'

/** One note: that worker was given that content. */
export interface Holding {
  readonly sha256: string
  readonly worker: string
}

/** Before the first. */
export const FIRST_HOLDING: Holding = { sha256: '', worker: '' }

/**
 * Which workers were given which content: they may have it in their caches until they say that they removed it.
 * Written a moment later; what a crash takes is read again from the tasks.
 */
export class Holdings {
  readonly #db: Database
  readonly #writes: LateWrites

  constructor(db: Database, writes: LateWrites) {
    this.#db = db
    this.#writes = writes
  }

  /** `atMs`: when the worker accepted the run that needs them. */
  note(worker: string, sha256s: readonly string[], atMs: number): void {
    const sql = `INSERT INTO holding(sha256, worker, at) VALUES (?, ?, ?)
      ON CONFLICT(sha256, worker) DO UPDATE SET at = max(at, excluded.at)`
    for (const sha256 of sha256s) {
      this.#writes.add(`${sha256}/${worker}`, () => {
        this.#db.run(sql, sha256, worker, atMs)
      })
    }
  }

  workersOf(sha256: string): string[] {
    this.#writes.flush()
    const rows = this.#db.all<{ worker: string }>('SELECT worker FROM holding WHERE sha256 = ?', sha256)
    return rows.map((row) => row.worker)
  }

  /** The worker accepted a removal then, and did it: what it was given before is gone. */
  remove(sha256: string, worker: string, acceptedMs: number): void {
    this.#db.run('DELETE FROM holding WHERE sha256 = ? AND worker = ? AND at < ?', sha256, worker, acceptedMs)
  }

  /** The next `limit` notes in the table's own order; `isOld`: last made before `beforeMs`. */
  page(after: Holding, beforeMs: number, limit: number): (Holding & { readonly isOld: boolean })[] {
    const sql = `SELECT sha256, worker, at FROM holding WHERE (sha256, worker) > (?, ?)
      ORDER BY sha256, worker LIMIT ?`
    const rows = this.#db.all<Holding & { at: number }>(sql, after.sha256, after.worker, limit)
    return rows.map(({ sha256, worker, at }) => ({ sha256, worker, isOld: at < beforeMs }))
  }

  /** Forgets notes that were not made again since `beforeMs`. */
  forget(holdings: readonly Holding[], beforeMs: number): void {
    if (holdings.length === 0) return
    this.#db.transaction(() => {
      for (const { sha256, worker } of holdings) this.remove(sha256, worker, beforeMs)
    })
  }

  forgetWorker(worker: string): void {
    this.#db.run('DELETE FROM holding WHERE worker = ?', worker)
  }
}
