import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../shared/index.ts'
import type { IndexedFile, PoolIndex, TenantFile } from './poolIndex.ts'
import type { PoolLimits, PoolSettings } from './poolSettings.ts'
import type { DiscardOutcome, FileOrigin, WhyGone } from './port.ts'
import type { UseLog } from './useLog.ts'

export interface RetentionDeps {
  readonly index: PoolIndex
  readonly uses: UseLog
  readonly clock: Clock
  readonly settings: PoolSettings
  readonly limits: () => PoolLimits
  /** Whether a live task, an asset or a late result refers to the file. */
  readonly isInUse: (tenant: string, file: IndexedFile) => boolean
  /** `mayGo` is asked with the file locked, right before it goes. */
  readonly discard: (tenant: string, file: IndexedFile, why: WhyGone, mayGo: () => boolean) => Promise<DiscardOutcome>
}

const BATCH = 100

/**
 * Removes files whose time is over. Small batches: whatever else the process has to do comes in between. `nowMs` is the
 * time of which it was asked whether it can be believed: a clock that leaps on the way makes nothing old.
 */
export async function removeExpired(deps: RetentionDeps, nowMs: number, signal: AbortSignal): Promise<number> {
  deps.uses.write()
  // Each by itself, so that the many of one that are kept longer are not walked over.
  const results = await removeUnused(deps, 'result', nowMs, signal)
  return results + (await removeUnused(deps, 'input', nowMs, signal))
}

async function removeUnused(
  deps: RetentionDeps,
  origin: FileOrigin,
  nowMs: number,
  signal: AbortSignal,
): Promise<number> {
  // Asked for each file: an operator who has files kept longer means those too that a round is about to remove.
  const keptMs = (): number => deps.limits()[origin === 'result' ? 'resultsKeptMs' : 'inputsKeptMs']
  let removed = 0
  let after: TenantFile | undefined
  do {
    const batch = deps.index.unused(origin, nowMs - keptMs(), after, BATCH)
    for (const { tenant, file } of batch) {
      if (signal.aborted) return removed
      const mayGo = (): boolean => canGo(deps, tenant, file, keptMs(), nowMs)
      if (mayGo() && (await deps.discard(tenant, file, 'expired', mayGo)) === 'removed') removed++
    }
    after = batch.at(-1)
    // Also where all of them stay: what assets refer to may be old, and very much.
    await setImmediate()
  } while (after !== undefined)
  return removed
}

/**
 * Makes one tenant fit into `quotaBytes` with `neededBytes` more, the longest unused first. False when even all that may
 * go would not be enough; then nothing goes.
 */
export async function makeRoom(
  deps: RetentionDeps,
  tenant: string,
  neededBytes: number,
  quotaBytes: number,
): Promise<boolean> {
  const { index, uses, settings, clock } = deps
  const excessBytes = (): number => index.usedBytes(tenant) + neededBytes - quotaBytes
  uses.write()
  for (const file of await findGoing(deps, tenant, excessBytes)) {
    // Asked again: it may have come into use while others went.
    const mayGo = (): boolean => excessBytes() > 0 && canGo(deps, tenant, file, settings.inUseMs, clock.now())
    if (mayGo()) await deps.discard(tenant, file, 'quota', mayGo)
  }
  return excessBytes() <= 0
}

/** As many files as make up for the excess; none when there are not so many. */
async function findGoing(
  deps: RetentionDeps,
  tenant: string,
  excessBytes: () => number,
): Promise<readonly IndexedFile[]> {
  const { index, settings, clock } = deps
  const going: IndexedFile[] = []
  let goingBytes = 0
  let after: IndexedFile | undefined
  do {
    const batch = index.unusedOf(tenant, after, BATCH)
    for (const file of batch) {
      if (goingBytes >= excessBytes()) return going
      if (!canGo(deps, tenant, file, settings.inUseMs, clock.now())) continue
      going.push(file)
      goingBytes += file.size
    }
    after = batch.at(-1)
    // Whatever else the process has to do comes in between.
    await setImmediate()
  } while (after !== undefined)
  return goingBytes >= excessBytes() ? going : []
}

function canGo(deps: RetentionDeps, tenant: string, file: IndexedFile, restedMs: number, nowMs: number): boolean {
  const { index, uses, settings, isInUse } = deps
  // As the index has it now: a use noted since the file was read may have been written there, and is no note any more.
  const restMs = nowMs - uses.lastUseMs(tenant, index.find(tenant, file.md5) ?? file)
  return restMs >= Math.max(restedMs, settings.inUseMs) && !isInUse(tenant, file)
}
