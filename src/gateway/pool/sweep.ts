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
  /** When `areAgesBelieved` was asked; ages are told by it all round. */
  readonly nowMs: number
  /** False: nothing goes by its age. */
  readonly areAgesBelieved: boolean
  /** The index may know less than there is. */
  readonly keepsUnindexed: boolean
  /** Each step ends when it aborts, with what is under way. */
  readonly signal: AbortSignal
}

/** Does a step; undefined where it failed, which is told at the end of the round. */
type Attempt = <T>(step: () => Promise<T>) => Promise<T | undefined>

/**
 * One round over all that need not stay: first what is old, then what nothing says is of use. A step that fails keeps no
 * other from its turn: what is merely left behind goes also while a full disk takes no write of the database.
 */
export async function sweepPool(deps: SweepDeps): Promise<SweepReport> {
  const { pool, nowMs, areAgesBelieved, keepsUnindexed, signal } = deps
  const failures: unknown[] = []
  const attempt: Attempt = async (step) => {
    try {
      return await step()
    } catch (error) {
      failures.push(error)
      return undefined
    }
  }
  const expired = areAgesBelieved ? await removeOld(deps, attempt) : 0
  const temporaries = (await attempt(() => removeTemporaries(pool, signal))) ?? 0
  const removeLost = (): Promise<number> => removeUnindexed(pool, UNINDEXED_AFTER_MS, nowMs, signal)
  const unindexed = keepsUnindexed ? 0 : ((await attempt(removeLost)) ?? 0)
  // Several mostly fail for one cause; what else fails is told by a later round.
  if (failures.length > 0) throw failures[0]
  return { temporaries, expired, unindexed, areAgesBelieved }
}

/** Answers how many files of tenants went. */
async function removeOld({ pool, retention, nowMs, signal }: SweepDeps, attempt: Attempt): Promise<number> {
  const { settings } = retention
  await attempt(() => forgetUploads(pool, nowMs - settings.uploadTtlMs, signal))
  const expired = await attempt(() => removeExpired(retention, nowMs, signal))
  await attempt(() => removeOldQuarantine(pool.folders, nowMs - settings.quarantineMs, signal))
  await attempt(() => forgetGone(pool.index, nowMs - settings.goneMs, signal))
  return expired ?? 0
}
