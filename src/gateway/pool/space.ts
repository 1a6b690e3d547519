import { AppError } from '../../shared/index.ts'
import { errnoOf, freeSpaceBytes } from '../../shared/node/index.ts'

const MIB = 1024 ** 2

/** Asking again costs next to nothing; who made room should not wait long to see it go on. */
const DISK_LOOK_AGAIN_MS = 15_000

export function tooLarge(limitBytes: number): AppError {
  const limit = `${String(Math.floor(limitBytes / MIB))} MiB`
  return new AppError('FILE_TOO_LARGE', { message: `larger than ${limit}`, data: { limit } })
}

export function overQuota(): AppError {
  return new AppError('QUOTA', { message: 'the tenant has used up its space, and uses all of it' })
}

function diskFull(cause?: unknown): AppError {
  return new AppError('DISK_FULL', {
    message: 'no space left for the pool',
    data: { where: 'gateway' },
    retryable: true,
    retryAfterMs: DISK_LOOK_AGAIN_MS,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** A failed write in the pool's own words. */
export function toPoolWriteError(error: unknown): unknown {
  return errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT' ? diskFull(error) : error
}

/** Called before each write with its bytes; throws DISK_FULL at the low-disk mark. */
export type CheckSpace = (bytes: number) => Promise<void>

/** Asking the file system is cheap, but not free: so often is often enough. */
const CHECK_EVERY_BYTES = 64 * MIB

/**
 * One check for all writers of a disk, which counts their bytes together: however many there are, they pass the mark by
 * no more than one would, and a block of each.
 */
export function createSpaceCheck(root: string, lowDiskBytes: number, readFree = freeSpaceBytes): CheckSpace {
  let untilNextBytes = 0
  return async (bytes) => {
    untilNextBytes -= bytes
    if (untilNextBytes > 0) return
    if ((await readFree(root)) < lowDiskBytes) throw diskFull()
    untilNextBytes = CHECK_EVERY_BYTES
  }
}

/** Throws DISK_FULL when so many bytes more would reach the low-disk mark. */
export async function assertDisk(root: string, sizeBytes: number, lowDiskBytes: number): Promise<void> {
  if ((await freeSpaceBytes(root)) - sizeBytes < lowDiskBytes) throw diskFull()
}
