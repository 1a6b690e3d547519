import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../shared/index.ts'
import { cloneOrCopy, errnoOf, toWriteError } from '../../shared/node/index.ts'
import { publishVideo } from '../transfer/index.ts'
import type { StoredRecord } from './storedRecord.ts'

/** Where a deleted video waits while its deletion can be undone: hidden beside its place, so that nothing is copied. */
function removedPath(record: StoredRecord): string | undefined {
  return record.output === null ? undefined : join(dirname(record.output.path), `.${record.id}.removed`)
}

/** A video that is already gone is no error. */
export async function hideVideo(record: StoredRecord): Promise<void> {
  await renameIfThere(record.output?.path, removedPath(record))
}

/**
 * Gives a hidden video its name back, or a free one when another video has taken it meanwhile: `plan` is called with
 * the path just before the file appears there.
 */
export async function bringVideoBack(record: StoredRecord, plan: (path: string) => void): Promise<void> {
  const hidden = removedPath(record)
  if (hidden === undefined || record.output === null || !existsSync(hidden)) return
  await publishVideo(hidden, record.output.path, { exact: false, plan })
}

export async function deleteHiddenVideo(record: StoredRecord): Promise<void> {
  const path = removedPath(record)
  if (path !== undefined) await rm(path, { force: true })
}

/** Throws HISTORY_NOT_FOUND for a record without a video, FILE_NOT_FOUND, DISK_FULL, OUTPUT_UNWRITABLE. */
export async function copyVideo(record: StoredRecord, destination: string): Promise<void> {
  const path = videoPath(record)
  try {
    await cloneOrCopy(path, destination)
  } catch (error) {
    const known = AppError.from(error)
    if (known.code !== 'DATA_DIR_UNWRITABLE') throw known
    throw new AppError('OUTPUT_UNWRITABLE', { data: { file: basename(destination) }, cause: error })
  }
}

/** The video's path. Throws RESULT_NOT_READY while there is none. */
export function videoPath(record: StoredRecord): string {
  if (record.output === null)
    throw new AppError('RESULT_NOT_READY', { message: 'the record has no video', retryable: true })
  return record.output.path
}

async function renameIfThere(from: string | undefined, to: string | undefined): Promise<void> {
  if (from === undefined || to === undefined) return
  try {
    await rename(from, to)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw toWriteError(error, to)
  }
}
