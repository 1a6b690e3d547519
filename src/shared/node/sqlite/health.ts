import { copyFileSync, existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../../index.ts'
import { isCorruption, toDatabaseError } from './sqliteError.ts'

/** What had to be done to the file before it could be used; told to the person by whoever opens the database. */
export interface DatabaseRestored {
  readonly kind: 'restored'
  readonly path: string
  readonly backupPath: string
  /** Where the damaged file was put aside. */
  readonly damagedPath: string
}

/**
 * Checks the file before use. A damaged one is put aside and replaced by the newest good backup; without a good
 * backup DB_CORRUPT is thrown and the file stays as it is.
 */
export function checkHealth(path: string, backupDir: string): DatabaseRestored | undefined {
  if (!existsSync(path) || statSync(path).size === 0) return undefined
  if (isSound(path)) return undefined
  const backupPath = listBackups(path, backupDir).find((candidate) => isSound(candidate))
  if (backupPath === undefined) {
    const data = { file: basename(path) }
    throw new AppError('DB_CORRUPT', { message: `${path} is damaged and there is no good backup`, data })
  }
  const damagedPath = `${path}.damaged-${String(Date.now())}`
  const staged = `${path}.restore`
  copyFileSync(backupPath, staged)
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, damagedPath + suffix)
  }
  renameSync(staged, path)
  return { kind: 'restored', path, backupPath, damagedPath }
}

/** Backups of one database, newest first. Names carry the time, so sorting names sorts by age. */
export function listBackups(path: string, backupDir: string): string[] {
  if (!existsSync(backupDir)) return []
  const prefix = `${basename(path)}-`
  return readdirSync(backupDir)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.bak'))
    .sort()
    .reverse()
    .map((name) => join(backupDir, name))
}

export function backupName(path: string, atMs: number): string {
  return `${basename(path)}-${String(atMs).padStart(15, '0')}.bak`
}

export function defaultBackupDir(path: string): string {
  return join(dirname(path), 'backups')
}

function isSound(path: string): boolean {
  // A WAL left behind means the last owner did not stop cleanly: look at everything, not only at the structure.
  const wasUnclean = existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0
  let db: DatabaseSync | undefined
  try {
    // Read-only, because closing a writable connection would write a damaged file's WAL into it.
    db = new DatabaseSync(path, { readOnly: true })
    const rows = db.prepare(wasUnclean ? 'PRAGMA integrity_check(1)' : 'PRAGMA quick_check(1)').all()
    return rows.length === 1 && Object.values(rows[0] ?? {})[0] === 'ok'
  } catch (error) {
    if (isCorruption(error)) return false
    throw toDatabaseError(error, path)
  } finally {
    db?.close()
  }
}
