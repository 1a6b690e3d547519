import { AppError } from '../shared/index.ts'
import type { Timer } from '../shared/index.ts'
import { deleteHiddenVideo } from './history/index.ts'
import type { StudioParts } from './parts.ts'

type TidyingParts = Pick<StudioParts, 'clock' | 'config' | 'media' | 'store'>

/** Not while the app starts. */
const FIRST_RUN_MS = 5 * 60_000
const EVERY_MS = 3_600_000
/** A deletion can be undone for this long: no notice with its button stays that long. */
const UNDO_MS = 3_600_000
const CACHE_EVERY_MS = 24 * 3_600_000

/**
 * Frees disk while the studio runs, for doors that stay open for months: deleted videos an hour after their deletion,
 * unused previews once a day. Returns the way to stop; a run under way ends first.
 */
export function startTidying(parts: TidyingParts): () => Promise<void> {
  const { clock, config, media, store } = parts
  let timer: Timer
  let isStopped = false
  let running: Promise<void> = Promise.resolve()
  let cacheDueAtMs = clock.monotonic()

  const sweepCache = async (): Promise<void> => {
    if (clock.monotonic() < cacheDueAtMs) return
    cacheDueAtMs = clock.monotonic() + CACHE_EVERY_MS
    const removed = await media.sweepUnused(() => store.videoDigests())
    if (removed > 0) config.log.info('unused posters and peaks were removed', { removed })
  }
  const tidy = async (): Promise<void> => {
    try {
      await deleteRemoved(parts, UNDO_MS)
      await sweepCache()
    } catch (error) {
      // Neither a full disk nor a history that cannot be read must stop the work; the next hour tries again.
      config.log.warn('the studio could not tidy up', { detail: AppError.from(error).message })
    }
    if (!isStopped) timer = clock.setTimer(start, EVERY_MS)
  }
  const start = (): void => {
    running = tidy()
  }
  timer = clock.setTimer(start, FIRST_RUN_MS)
  return async () => {
    isStopped = true
    timer.cancel()
    await running
  }
}

/** Deletes removed records and their hidden videos for good, except those removed less than `undoForMs` ago. */
export async function deleteRemoved(
  { config, store }: Pick<TidyingParts, 'config' | 'store'>,
  undoForMs?: number,
): Promise<void> {
  for (const record of store.purgeRemoved(undoForMs)) {
    await deleteHiddenVideo(record).catch((error: unknown) => {
      // A disk that is not there now must not keep the app from starting, or the others from being deleted.
      config.log.warn('a removed video could not be deleted', { detail: AppError.from(error).message })
    })
  }
}
