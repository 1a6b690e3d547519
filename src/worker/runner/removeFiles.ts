import type { Job } from '../../protocol/dsp/index.ts'
import { AppError } from '../../shared/index.ts'
import type { InputCache } from '../inputs/inputCache.ts'
import type { Outcome } from './journal.ts'

/**
 * One `delete_asset` job: the named contents leave the cache; what is not there counts as removed. Waits a while for
 * runs that use one, then throws ASSET_IN_USE.
 */
export async function removeFiles(
  cache: Pick<InputCache, 'remove'>,
  job: Pick<Job, 'remove'>,
  signal: AbortSignal,
): Promise<Outcome> {
  const contents = (job.remove ?? []).map(({ sha256 }) => sha256)
  const inUse = await cache.remove(contents, signal)
  if (inUse.length === 0) return { kind: 'removed' }
  throw new AppError('ASSET_IN_USE', { message: `${inUse.length} files are used by running tasks`, retryable: true })
}
