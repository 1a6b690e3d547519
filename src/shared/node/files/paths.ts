import { chmod, lstat, mkdir, statfs } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { AppError } from '../../index.ts'
import { errnoOf, toFileError, toWriteError } from './fileError.ts'
import { shortFolder, splitExtension } from './names.ts'

/** Joins a relative path from outside to `root` and refuses whatever would leave it. Pure: links are not followed. */
export function resolveInside(root: string, relativePath: string): string {
  const target = resolve(root, relativePath)
  const way = relative(resolve(root), target)
  const isInside = way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
  if (!isInside || isAbsolute(relativePath) || relativePath.includes('\0')) {
    throw new AppError('NAME_INVALID', { message: 'the path leaves its folder' })
  }
  return target
}

/** `path` if it is free, else "name (2).mp4", "name (3).mp4" … A hint, not a claim: publish without overwriting. */
export async function uniquePath(path: string): Promise<string> {
  const [stem, extension] = splitExtension(basename(path))
  for (let copy = 1; ; copy += 1) {
    const candidate = copy === 1 ? path : join(dirname(path), `${stem} (${String(copy)})${extension}`)
    if (!(await exists(candidate))) return candidate
  }
}

/** Makes the folder and its parents; an existing one gets `mode` too. Throws DATA_DIR_UNWRITABLE or DISK_FULL. */
export async function ensureDir(dir: string, mode?: number): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, ...(mode === undefined ? {} : { mode }) })
    if (mode !== undefined && process.platform !== 'win32') await chmod(dir, mode)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOTDIR') {
      throw new AppError('DATA_DIR_UNWRITABLE', {
        message: `${dir} is not a folder`,
        data: { file: shortFolder(dir) },
        cause: error,
      })
    }
    throw toWriteError(error, dir)
  }
}

/** Space an ordinary process may still use on the file system of `dir`. */
export async function freeSpaceBytes(dir: string): Promise<number> {
  try {
    const stats = await statfs(dir)
    return stats.bavail * stats.bsize
  } catch (error) {
    throw toFileError(error, dir)
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw toFileError(error, path)
  }
}
