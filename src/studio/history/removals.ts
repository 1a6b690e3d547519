import type { Clock } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import type { RecordRow } from './recordRow.ts'

export interface Removals {
  /** False when there is no such record, or it is removed already. */
  remove(id: string): boolean
  undo(id: string): void
  /** Deletes the removed rows for good and gives them back, except those removed less than `undoForMs` ago. */
  purge(undoForMs: number): RecordRow[]
}

/** Records that are hidden until their deletion can no longer be undone. */
export function createRemovals(db: Database, clock: Pick<Clock, 'monotonic'>): Removals {
  // Not in the database: what an earlier life of the process removed can no longer be undone.
  const removedAtMs = new Map<string, number>()
  return {
    remove(id) {
      if (db.run('UPDATE records SET removed = 1 WHERE id = ? AND removed = 0', id).changes === 0) return false
      removedAtMs.set(id, clock.monotonic())
      return true
    },
    undo(id) {
      db.run('UPDATE records SET removed = 0 WHERE id = ?', id)
      removedAtMs.delete(id)
    },
    purge(undoForMs) {
      const untilMs = clock.monotonic() - undoForMs
      const kept = [...removedAtMs].filter(([, atMs]) => atMs > untilMs)
      const purged = deleteRows(db, JSON.stringify(kept.map(([id]) => id)))
      removedAtMs.clear()
      for (const [id, atMs] of kept) removedAtMs.set(id, atMs)
      return purged
    },
  }
}

/** `keptIds` is a JSON array. */
function deleteRows(db: Database, keptIds: string): RecordRow[] {
  const isPurged = 'removed = 1 AND id NOT IN (SELECT value FROM json_each(?))'
  return db.transaction(() => {
    const rows = db.all<RecordRow>(`SELECT position, document FROM records WHERE ${isPurged}`, keptIds)
    for (const index of ['record_trigrams', 'record_pairs']) {
      db.run(`DELETE FROM ${index} WHERE rowid IN (SELECT position FROM records WHERE ${isPurged})`, keptIds)
    }
    db.run(`DELETE FROM records WHERE ${isPurged}`, keptIds)
    return rows
  })
}
