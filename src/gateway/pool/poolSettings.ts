import { MAX_POOL_FILE_BYTES } from '../../protocol/files/index.ts'

const GIB = 1024 ** 3

export interface PoolSettings {
  readonly maxFileBytes: number
  /** What one tenant's files may take in all. */
  readonly quotaBytes: number
  /** Free space that is never used up: the database needs it to go on. */
  readonly lowDiskBytes: number
  /** How long an upload may rest before it is forgotten. */
  readonly uploadTtlMs: number
}

export const POOL_SETTINGS: PoolSettings = {
  maxFileBytes: MAX_POOL_FILE_BYTES,
  quotaBytes: 50 * GIB,
  lowDiskBytes: 2 * GIB,
  uploadTtlMs: 24 * 60 * 60 * 1000,
}
