import { constants } from 'node:fs'
import { copyFile, link, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { statRegularFile, toFileError, toWriteError } from '../files/index.ts'

/** A private folder in which FFmpeg sees only names of our making. */
export interface WorkDir {
  readonly path: string
  /** Brings a file in under a generated name, and gives that name. */
  bring(source: string): Promise<string>
  remove(): Promise<void>
}

export async function createWorkDir(parent: string): Promise<WorkDir> {
  let path: string
  try {
    path = await mkdtemp(join(parent, '.dhs-work-'))
  } catch (error) {
    throw toWriteError(error, parent)
  }
  let count = 0
  return {
    path,
    async bring(source) {
      await statRegularFile(source)
      count += 1
      const name = `input${String(count)}`
      await linkOrCopy(await realpath(source), join(path, name))
      return name
    },
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

/**
 * A hard link costs nothing and pins the content. It is impossible across file systems and for files of other users;
 * then a link to the resolved file does, so that a 4 GiB video is not copied to be looked at; Windows copies.
 */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target)
    return
  } catch {
    // Tried again below in ways that need less.
  }
  try {
    if (process.platform === 'win32') await copyFile(source, target, constants.COPYFILE_FICLONE)
    else await symlink(source, target)
  } catch (error) {
    throw toFileError(error, source)
  }
}
