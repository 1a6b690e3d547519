import { constants } from 'node:fs'
import { copyFile, rename, rm } from 'node:fs/promises'
import { errnoOf, toFileError, toWriteError } from './fileError.ts'
import { publishFile, syncDir, temporaryName } from './publish.ts'
import { dirname } from 'node:path'

/** Moves a file, replacing `dest`. Across file systems it copies, publishes, then removes the source. */
export async function moveFile(src: string, dest: string): Promise<void> {
  try {
    await rename(src, dest)
    await syncDir(dirname(dest))
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV')
      throw errnoOf(error) === 'ENOENT' ? toFileError(error, src) : toWriteError(error, dest)
    await copyPublished(src, dest)
    await rm(src, { force: true })
  }
}

/**
 * Copies a file by sharing its blocks where the file system can (reflink), else inside the kernel. The copy appears
 * under its name only when complete; on DISK_FULL nothing is left behind.
 */
export async function cloneOrCopy(src: string, dest: string): Promise<void> {
  await copyPublished(src, dest)
}

async function copyPublished(src: string, dest: string): Promise<void> {
  const tmpPath = temporaryName(dest)
  try {
    await copyFile(src, tmpPath, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    await publishFile(tmpPath, dest)
  } catch (error) {
    await rm(tmpPath, { force: true })
    throw errnoOf(error) === 'ENOENT' ? toFileError(error, src) : toWriteError(error, dest)
  }
}
