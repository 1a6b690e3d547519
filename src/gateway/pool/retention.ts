import type { Clock } from '../../shared/index.ts'
import type { IndexedFile, PoolIndex, TenantFile } from './poolIndex.ts'
import type { PoolLimits, PoolSettings } from './poolSettings.ts'
import type { WhyGone } from './port.ts'
import type { UseLog } from './useLog.ts'

export interface RetentionDeps {
  readonly index: PoolIndex
  readonly uses: UseLog
  readonly clock: Clock
  readonly settings: PoolSettings
  readonly limits: () => PoolLimits
  /** Whether a live task, an asset or a late result refers to the file. */
  readonly isInUse: (tenant: string, file: IndexedFile) => boolean
  readonly discard: (tenant: string, file: IndexedFile, why: WhyGone) => Promise<boolean>
}

const BATCH = 100

/** Removes files whose time is over. Small batches: whatever else the process has to do comes in between. */
export async function removeExpired(deps: RetentionDeps, signal: AbortSignal): Promise<number> {
  const { index, uses, clock, limits } = deps
  const { resultsKeptMs, inputsKeptMs } = limits()
  const shortestMs = Math.min(resultsKeptMs, inputsKeptMs)
  uses.write()
  let removed = 0
  let after: TenantFile | undefined
  do {
    const batch = index.unused(clock.now() - shortestMs, after, BATCH)
    for (const { tenant, file } of batch) {
      if (signal.aborted) return removed
      const keptMs = file.origin === 'result' ? resultsKeptMs : inputsKeptMs
      if (canGo(deps, tenant, file, keptMs) && (await deps.discard(tenant, file, 'expired'))) removed++
    }
    after = batch.at(-1)
  } while (after !== undefined)
  return removed
}

/**
 * Makes one tenant fit into `quotaBytes` with `neededBytes` more, the longest unused first. False when all that is
 * left is in use.
 */
export async function makeRoom(
  deps: RetentionDeps,
  tenant: string,
  neededBytes: number,
  quotaBytes: number,
): Promise<boolean> {
  const { index, uses, settings } = deps
  const fits = (): boolean => index.usedBytes(tenant) + neededBytes <= quotaBytes
  if (fits()) return true
  if (neededBytes > quotaBytes) return false
  uses.write()
  let after: IndexedFile | undefined
  do {
    const batch = index.unusedOf(tenant, after, BATCH)
    for (const file of batch) {
      if (canGo(deps, tenant, file, settings.inUseMs)) await deps.discard(tenant, file, 'quota')
      if (fits()) return true
    }
    after = batch.at(-1)
  } while (after !== undefined)
  return false
}

function canGo(deps: RetentionDeps, tenant: string, file: IndexedFile, restedMs: number): boolean {
  const { uses, clock, settings, isInUse } = deps
  const restMs = clock.now() - uses.lastUseMs(tenant, file)
  return restMs >= Math.max(restedMs, settings.inUseMs) && !isInUse(tenant, file)
}
