import { AppError } from '../../shared/index.ts'
import { freeSpaceBytes } from '../../shared/node/index.ts'
import type { PoolIndex } from './poolIndex.ts'
import type { PoolSettings } from './poolSettings.ts'

const MIB = 1024 ** 2

export function tooLarge(limitBytes: number): AppError {
  const limit = `${String(Math.floor(limitBytes / MIB))} MiB`
  return new AppError('FILE_TOO_LARGE', { message: `larger than ${limit}`, data: { limit } })
}

export function diskFull(cause?: unknown): AppError {
  return new AppError('DISK_FULL', {
    message: 'no space left for the pool',
    data: { where: 'gateway' },
    retryable: true,
    retryAfterMs: 60_000,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Refuses what cannot fit before the first byte: FILE_TOO_LARGE, QUOTA or DISK_FULL. */
export async function assertRoom(
  tenant: string,
  sizeBytes: number,
  deps: { readonly index: PoolIndex; readonly settings: PoolSettings; readonly root: string },
): Promise<void> {
  const { index, settings, root } = deps
  if (sizeBytes > settings.maxFileBytes) throw tooLarge(settings.maxFileBytes)
  if (index.usedBytes(tenant) + sizeBytes > settings.quotaBytes) {
    throw new AppError('QUOTA', { message: 'the tenant has used up its space' })
  }
  if ((await freeSpaceBytes(root)) - sizeBytes < settings.lowDiskBytes) throw diskFull()
}
