import { AppError } from '../../shared/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import { rotateBackup } from '../../shared/node/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import type { SettingsStore } from '../settings/index.ts'

const DAY_MS = 24 * 3_600_000
/** Not while the app starts: copying a long history takes a moment. */
const FIRST_CHECK_MS = 5 * 60_000
const CHECK_EVERY_MS = 3_600_000
const SETTING = 'lastBackupAtMs'

/** A copy of the history once a day: what a damaged database is restored from. Returns the way to stop. */
export function startDailyBackup(deps: {
  readonly db: Database
  readonly settings: SettingsStore
  readonly clock: Clock
  readonly config: { readonly log: Logger }
}): () => void {
  const { db, settings, clock } = deps
  let timer: Timer
  const check = (): void => {
    try {
      if (isDue()) backUp()
    } catch (error) {
      // A full disk, or a history that cannot be read just now, must not stop the work; the next hour tries again.
      deps.config.log.warn('the history could not be backed up', { detail: AppError.from(error).message })
    }
    timer = clock.setTimer(check, CHECK_EVERY_MS)
  }
  const isDue = (): boolean => {
    const last = settings.readOwn(SETTING)
    return typeof last !== 'number' || clock.now() - last >= DAY_MS || clock.now() < last
  }
  const backUp = (): void => {
    rotateBackup(db, { nowMs: clock.now() })
    settings.writeOwn(SETTING, clock.now())
  }
  timer = clock.setTimer(check, FIRST_CHECK_MS)
  return () => {
    timer.cancel()
  }
}
