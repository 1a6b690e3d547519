import { DAY_MS } from '../../shared/index.ts'
import type { AdoptBackup, Database } from '../../shared/node/index.ts'

/** What is known of the last restore. Times in wall clock milliseconds. */
export interface RestoredState {
  readonly atMs: number
  /** The state is of then: what came between is not known. */
  readonly backupAtMs: number | null
}

/**
 * More leases, and more changes, than any task sees in its life. What somebody still holds of the lost time is below
 * it, so none of it can be taken for something that is given out from now on.
 */
const STEP = 1_000_000
/** So long operators are reminded, and files that the restored index does not know are left alone. */
const REMEMBERED_MS = 7 * DAY_MS

const RESTORED = 'restored'
const OLD_LEASES = 'restored_leases'
const SET_META = 'INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value'

/**
 * Makes the state of a backup safe to go on from, in the schema of its time (all versions have these columns): see
 * README.md, "After a restore".
 */
export function adoptOldState(nowMs: number): AdoptBackup {
  return (db, { backupAtMs }) => {
    const restored: RestoredState = { atMs: nowMs, backupAtMs }
    db.prepare('UPDATE task SET epoch = epoch + ?, version = version + ? WHERE finished IS NULL').run(STEP, STEP)
    // The next start makes another name: every cursor of the lost time is then one of a foreign log.
    db.prepare(`DELETE FROM meta WHERE name = 'event_log'`).run()
    db.prepare(SET_META).run(RESTORED, JSON.stringify(restored))
    db.prepare(SET_META).run(OLD_LEASES, '1')
  }
}

/** The last restore, as long as operators should be reminded of it. */
export function restoredLately(db: Pick<Database, 'get'>, nowMs: number): RestoredState | undefined {
  const stored = db.get<{ value: string }>('SELECT value FROM meta WHERE name = ?', RESTORED)
  if (stored === undefined) return undefined
  const restored = JSON.parse(stored.value) as RestoredState
  return nowMs - restored.atMs < REMEMBERED_MS ? restored : undefined
}

/** Leases of a restored state are of a time that is over; nobody has given them up yet. */
export function hasOldLeases(db: Pick<Database, 'get'>): boolean {
  return db.get('SELECT value FROM meta WHERE name = ?', OLD_LEASES) !== undefined
}

export function forgetOldLeases(db: Pick<Database, 'run'>): void {
  db.run('DELETE FROM meta WHERE name = ?', OLD_LEASES)
}
