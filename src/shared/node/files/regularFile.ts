import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Stats } from 'node:fs'
import { AppError } from '../../index.ts'
import { toFileError } from './fileError.ts'

/** What identifies the content of a file as long as nobody touches it. */
export interface RegularFile {
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly inode: number
  readonly device: number
}

/**
 * Looks at a path without opening it, so that a FIFO or a device cannot block or feed us. Links are followed.
 * Throws FILE_NOT_FOUND, FILE_UNREADABLE or NOT_A_FILE.
 */
export async function statRegularFile(path: string): Promise<RegularFile> {
  let stats: Stats
  try {
    stats = await stat(path)
  } catch (error) {
    throw toFileError(error, path)
  }
  if (!stats.isFile()) {
    throw new AppError('NOT_A_FILE', { message: `${path} is ${kindOf(stats)}`, data: { file: basename(path) } })
  }
  return { sizeBytes: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino, device: stats.dev }
}

export function isSameFile(before: RegularFile, after: RegularFile): boolean {
  return (
    before.sizeBytes === after.sizeBytes &&
    before.mtimeMs === after.mtimeMs &&
    before.inode === after.inode &&
    before.device === after.device
  )
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}
