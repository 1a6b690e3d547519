import { basename, dirname } from 'node:path'
import { AppError } from '../../index.ts'
import { shortFolder } from './names.ts'

/** The errno name ("ENOENT") of a failed system call, if the thrown value carries one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return error.code
}

const CODE_BY_ERRNO: Readonly<Record<string, string>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  ENOENT: 'FILE_NOT_FOUND',
  ENOTDIR: 'FILE_NOT_FOUND',
  EACCES: 'FILE_UNREADABLE',
  EPERM: 'FILE_UNREADABLE',
  EIO: 'FILE_UNREADABLE',
  EISDIR: 'NOT_A_FILE',
  ELOOP: 'NOT_A_FILE',
  ENAMETOOLONG: 'NAME_INVALID',
}

/** What a failed file operation means to a person. Errors that already have a code, and unknown ones, keep theirs. */
export function toFileError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error
  const errno = errnoOf(error)
  const code = errno === undefined ? undefined : CODE_BY_ERRNO[errno]
  if (code === undefined) return AppError.from(error)
  return new AppError(code, {
    message: `${path}: ${error instanceof Error ? error.message : String(error)}`,
    data: code === 'DISK_FULL' ? { where: shortFolder(dirname(path)) } : { file: basename(path) },
    retryable: code === 'DISK_FULL',
    cause: error,
  })
}

/** Like `toFileError` for a place we write to: "may not" then means the folder, not the file. */
export function toWriteError(error: unknown, path: string): AppError {
  const errno = errnoOf(error)
  if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS') {
    const data = { file: shortFolder(path) }
    return new AppError('DATA_DIR_UNWRITABLE', { message: `${path} cannot be written`, data, cause: error })
  }
  return toFileError(error, path)
}
