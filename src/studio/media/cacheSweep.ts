import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from '../../shared/node/index.ts'
import { PEAKS_FILE } from './peaks.ts'
import { POSTER_FILE } from './posters.ts'

/** Since their last use. Peaks are made anew when somebody asks for them. */
const PEAKS_KEPT_MS = 90 * 24 * 3_600_000

/**
 * Removes posters of videos that no record has, and peaks unused for 90 days; resolves with how many. A poster is made
 * once, when its video is: those of records stay for as long as the records.
 */
export async function sweepMediaCache(deps: {
  readonly cacheDir: string
  readonly nowMs: number
  readonly listVideos: () => ReadonlySet<string>
}): Promise<number> {
  const names = await readdir(deps.cacheDir).catch((error: unknown) => {
    // Made with the first poster or peaks.
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  })
  // Asked after the folder was read: a record comes before its poster, so that no new poster is taken for a lost one.
  const videos = names.some((name) => POSTER_FILE.test(name)) ? deps.listVideos() : new Set<string>()
  let removed = 0
  for (const name of names) {
    const path = join(deps.cacheDir, name)
    const video = POSTER_FILE.exec(name)?.[1]
    const isUnused =
      video === undefined
        ? PEAKS_FILE.test(name) && deps.nowMs - (await modifiedAtMs(path)) > PEAKS_KEPT_MS
        : !videos.has(video)
    if (!isUnused) continue
    await rm(path, { force: true })
    removed += 1
  }
  return removed
}

/** A file that went away meanwhile counts as new. */
async function modifiedAtMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Infinity
    throw error
  }
}
