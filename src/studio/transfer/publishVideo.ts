import { chmod, link, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { AppError } from '../../shared/index.ts'
import { errnoOf, publishFile, statRegularFile, syncDir, toWriteError, uniquePath } from '../../shared/node/index.ts'

const VIDEO_MODE = 0o644

/**
 * Gives a finished file its name without ever overwriting another. `plan` is called with the path just before the
 * file appears there. With `exact` a taken name is OUTPUT_EXISTS; otherwise "name (2).mp4" is tried, and so on.
 */
export async function publishVideo(
  tmpPath: string,
  wantedPath: string,
  options: { readonly exact: boolean; readonly plan: (path: string) => void },
): Promise<string> {
  // Unfinished it was nobody else's; finished it is an ordinary file of the person.
  await chmod(tmpPath, VIDEO_MODE)
  for (;;) {
    const path = options.exact ? wantedPath : await uniquePath(wantedPath)
    options.plan(path)
    if (await claim(tmpPath, path)) return path
    if (options.exact)
      throw new AppError('OUTPUT_EXISTS', { message: 'the output exists', data: { file: basename(path) } })
  }
}

/** False when the name was taken meanwhile. A hard link refuses a taken name in one step; not every disk has them. */
async function claim(tmpPath: string, path: string): Promise<boolean> {
  try {
    await link(tmpPath, path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'EEXIST') return false
    if (errno === 'ENOSPC' || errno === 'EDQUOT' || errno === 'ENOENT' || errno === 'EACCES')
      throw toWriteError(error, path)
    if (await isTaken(path)) return false
    await publishFile(tmpPath, path)
    return true
  }
  await syncDir(dirname(path))
  await rm(tmpPath, { force: true })
  return true
}

async function isTaken(path: string): Promise<boolean> {
  try {
    await statRegularFile(path)
    return true
  } catch (error) {
    return AppError.from(error).code !== 'FILE_NOT_FOUND'
  }
}
