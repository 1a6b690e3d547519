import { DatabaseSync } from 'node:sqlite'

/** In backups only: whoever opens one as the database itself sees that its state is an old one. */
const MARK = `
CREATE TABLE backup_mark(made_ms INTEGER NOT NULL) STRICT;
INSERT INTO backup_mark VALUES (`

/** A database that goes on from a backup, put in its place by itself or by a person. */
export interface DatabaseRestored {
  readonly path: string
  /** When the backup was made: what came later is lost. Null for one that does not say. */
  readonly backupAtMs: number | null
  /** Where the damaged file was put aside; null when a person put the backup in place. */
  readonly damagedPath: string | null
}

/** Makes the state of a backup safe to go on from; within the transaction that takes the mark away. */
export type AdoptBackup = (db: DatabaseSync, event: DatabaseRestored) => void

export function markBackup(db: DatabaseSync, nowMs: number): void {
  db.exec(`BEGIN IMMEDIATE; ${MARK}${String(nowMs)}); COMMIT`)
}

/** A compact copy, marked as one. Blocks: for small databases, and for a start. */
export function copyInto(db: DatabaseSync, target: string, nowMs: number): void {
  db.prepare('VACUUM INTO ?').run(target)
  const copy = new DatabaseSync(target)
  try {
    markBackup(copy, nowMs)
  } finally {
    copy.close()
  }
}

/** Before anything else is read of it. Answers what happened, when this was a backup until now. */
export function adoptMarked(
  db: DatabaseSync,
  at: Pick<DatabaseRestored, 'path' | 'damagedPath'>,
  adopt: AdoptBackup | undefined,
): DatabaseRestored | undefined {
  const marked = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'backup_mark'`).all().length > 0
  if (!marked) return at.damagedPath === null ? undefined : { ...at, backupAtMs: null }
  const event = { ...at, backupAtMs: Number(db.prepare('SELECT made_ms FROM backup_mark').all()[0]?.['made_ms'] ?? 0) }
  db.exec('BEGIN IMMEDIATE')
  try {
    adopt?.(db, event)
    db.exec('DROP TABLE backup_mark')
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
  return event
}

/** For a state that is an old one though nothing in it says so. */
export function adoptUnmarked(
  db: DatabaseSync,
  at: Pick<DatabaseRestored, 'path' | 'damagedPath'>,
  adopt: AdoptBackup | undefined,
): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    adopt?.(db, { ...at, backupAtMs: null })
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
