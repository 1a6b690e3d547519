import { forgetGone, forgetUploads, removeOldQuarantine, removeTemporaries, removeUnindexed } from './cleanUp.ts'
import type { PoolState } from './cleanUp.ts'
import type { SweepReport } from './port.ts'
import { removeExpired } from './retention.ts'
import type { RetentionDeps } from './retention.ts'

/** A file without an index entry that is older is not on its way into the index. */
const UNINDEXED_AFTER_MS = 5 * 60_000

export interface SweepDeps {
  readonly pool: PoolState
  readonly retention: RetentionDeps
  /** False: nothing goes by its age. */
  readonly areAgesBelieved: boolean
  /** The index may know less than there is. */
  readonly keepsUnindexed: boolean
  readonly signal: AbortSignal
}

/** One round over all that need not stay: first what is old, then what nothing says is of use. */
export async function sweepPool(deps: SweepDeps): Promise<SweepReport> {
  const { pool, retention, areAgesBelieved, keepsUnindexed } = deps
  const expired = areAgesBelieved ? await removeOld(deps) : 0
  const temporaries = await removeTemporaries(pool)
  const unindexed = keepsUnindexed ? 0 : await removeUnindexed(pool, UNINDEXED_AFTER_MS, retention.clock.now())
  return { temporaries, expired, unindexed, areAgesBelieved }
}

/** Answers how many files of tenants went. */
async function removeOld({ pool, retention, signal }: SweepDeps): Promise<number> {
  const { clock, settings } = retention
  const now = clock.now()
  await forgetUploads(pool, now - settings.uploadTtlMs, signal)
  const expired = await removeExpired(retention, signal)
  await removeOldQuarantine(pool.folders, now - settings.quarantineMs)
  await forgetGone(pool.index, now - settings.goneMs, signal)
  return expired
}
