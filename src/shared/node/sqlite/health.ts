import { copyFileSync, existsSync, renameSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../../index.ts'
import { publishFileSync } from '../files/index.ts'
import { listBackups } from './backupFiles.ts'
import { isCorruption, toDatabaseError } from './sqliteError.ts'

const SIDE_FILES = ['-wal', '-shm'] as const

/**
 * Checks the file before use. A damaged one is put aside and replaced by the newest good backup; answers where it was
 * put. Without a good backup DB_CORRUPT is thrown and the file stays as it is.
 */
export function checkHealth(path: string, backupDir: string): string | undefined {
  // A crash after the damaged file was put aside, before its successor, which is complete, got its name.
  if (!existsSync(path) && existsSync(`${path}.restore`)) return putInPlace(path)
  if (!existsSync(path) || statSync(path).size === 0) return undefined
  if (isSound(path)) return undefined
  const backupPath = listBackups(path, backupDir).find((candidate) => isSound(candidate))
  if (backupPath === undefined) {
    const data = { file: basename(path) }
    throw new AppError('DB_CORRUPT', { message: `${path} is damaged and there is no good backup`, data })
  }
  copyFileSync(backupPath, `${path}.restore.tmp`)
  publishFileSync(`${path}.restore.tmp`, `${path}.restore`)
  return putInPlace(path)
}

/** The database itself is the first that goes: what is left of it after a crash then goes with the next call. */
function putInPlace(path: string): string {
  const damagedPath = `${path}.damaged-${String(Date.now())}`
  for (const suffix of ['', ...SIDE_FILES]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, damagedPath + suffix)
  }
  publishFileSync(`${path}.restore`, path)
  return damagedPath
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
