import { AppError, DAY_MS, HOUR_MS, isAppError, MINUTE_MS } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { backUpDatabase, backupTimeMs, listBackups, renameBackupsOfTheFuture } from '../../shared/node/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import type { Chore } from '../upkeep/upkeep.ts'
import { restoredLately } from './restoredState.ts'
import type { RestoredState } from './restoredState.ts'

export interface BackupDeps {
  /** The database's path. */
  readonly path: string
  readonly clock: Clock
  readonly log: Logger
  /** Free space that a backup must leave. */
  readonly spareBytes: number
}

const LOOK_EVERY_MS = MINUTE_MS
/** After one that failed: a full disk is not asked every minute. */
const AGAIN_AFTER_MS = HOUR_MS

/** A backup a day; the first a minute after a start when there is none of the last 24 hours. */
export function backupChore({ path, clock, log, spareBytes }: BackupDeps): Chore {
  let notBeforeMs = -Infinity
  return {
    name: 'backup',
    everyMs: LOOK_EVERY_MS,
    async run(signal) {
      if (clock.monotonic() < notBeforeMs) return
      const nowMs = clock.now()
      // One from the future is of a clock that was wrong: it says nothing about the last 24 hours.
      if (isOfLastDay(newestBackupMs(path), nowMs)) return
      const begunMs = clock.monotonic()
      notBeforeMs = begunMs + AGAIN_AFTER_MS
      try {
        renameBackupsOfTheFuture(path, nowMs)
        // Never older by its name than one that is there: the newest is what is restored, and kept.
        const newestMs = newestBackupMs(path) ?? 0
        await backUpDatabase(path, { nowMs: Math.max(nowMs, newestMs + 1), spareBytes, signal })
        notBeforeMs = begunMs + DAY_MS
        log.info('database backed up', { tookMs: Math.round(clock.monotonic() - begunMs) })
      } catch (error) {
        if (signal.aborted) return
        tell(log, error)
      }
    },
  }
}

function isOfLastDay(newestMs: number | undefined, nowMs: number): boolean {
  return newestMs !== undefined && newestMs <= nowMs && nowMs - newestMs < DAY_MS
}

/** What operators see of the database itself. */
export interface StoreStatus {
  /** Wall clock; null when there is no backup yet. */
  lastBackupMs(): number | null
  /** The last restore, for a week. */
  restored(): RestoredState | undefined
}

export function storeStatus(db: Pick<Database, 'get' | 'path'>, clock: Clock): StoreStatus {
  return { lastBackupMs: () => newestBackupMs(db.path) ?? null, restored: () => restoredLately(db, clock.now()) }
}

/** When the newest backup was made; undefined when there is none. */
function newestBackupMs(path: string): number | undefined {
  const newest = listBackups(path)[0]
  return newest === undefined ? undefined : backupTimeMs(newest)
}

function tell(log: Logger, error: unknown): void {
  if (isAppError(error) && error.code === 'DB_CORRUPT') {
    log.error('the database is damaged: its copy did not pass the check. A restart goes back to the last backup', {
      error,
    })
    return
  }
  log.warn('the database could not be backed up; it is tried again in an hour', { error: AppError.from(error) })
}
