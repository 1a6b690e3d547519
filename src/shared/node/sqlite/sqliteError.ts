import { basename, dirname } from 'node:path'
import { AppError } from '../../index.ts'
import { shortFolder } from '../files/index.ts'

const SQLITE_BUSY = 5
const SQLITE_NOMEM = 7
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
const SQLITE_NOTADB = 26

/** The primary result code of an error thrown by node:sqlite, or undefined when it is something else. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

export function isCorruption(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE_BUSY
}

/** Names the failures a person can do something about; everything else (constraints, bad SQL) stays what it is. */
export function toDatabaseError(error: unknown, path: string): unknown {
  switch (sqliteCode(error)) {
    case SQLITE_FULL:
      return new AppError('DISK_FULL', {
        message: `no space left for ${path}`,
        data: { where: shortFolder(dirname(path)) },
        retryable: true,
        cause: error,
      })
    case SQLITE_BUSY:
      return new AppError('DB_BUSY', { message: `${path} is in use`, retryable: true, cause: error })
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return new AppError('STORE_UNAVAILABLE', {
        message: `${path} cannot be read or written now`,
        retryable: true,
        cause: error,
      })
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new AppError('DB_CORRUPT', { message: `${path} is damaged`, data: { file: basename(path) }, cause: error })
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return new AppError('DATA_DIR_UNWRITABLE', {
        message: `${path} cannot be written`,
        data: { file: shortFolder(dirname(path)) },
        cause: error,
      })
    default:
      return error
  }
}
