import { rmSync } from 'node:fs'
import { lstat, opendir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { errnoOf } from '../../shared/node/index.ts'
import { SHA256_NAME } from './poolFolders.ts'
import type { PoolFolders } from './poolFolders.ts'
import type { PoolIndex } from './poolIndex.ts'
import type { UploadRecord, UploadTable } from './tus/uploadTable.ts'

const FORGET_BATCH = 1_000

/** What says which files are still of use. */
export interface PoolState {
  readonly folders: PoolFolders
  readonly index: PoolIndex
  readonly uploads: UploadTable
  /** It is being written, or renamed and not yet in the index. */
  isReceiving(path: string): boolean
}

/** Forgets uploads that were begun before, but for those whose bytes are coming right now. */
export async function forgetUploads(pool: PoolState, beforeMs: number, signal: AbortSignal): Promise<void> {
  const { folders, uploads } = pool
  let after: UploadRecord | undefined
  do {
    if (signal.aborted) return
    const batch = uploads.olderThan(beforeMs, after, FORGET_BATCH)
    uploads.removeAll(batch.map(({ id }) => id).filter((id) => !pool.isReceiving(folders.upload(id))))
    after = batch.at(-1)
    await setImmediate()
  } while (after !== undefined)
}

/** Forgets why files are gone that went before. All of them: as many come as people bring. */
export async function forgetGone(index: PoolIndex, beforeMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && index.forgetGone(beforeMs, FORGET_BATCH) === FORGET_BATCH) await setImmediate()
}

/** Removes temporary files that no upload goes on with. Answers how many. */
export async function removeTemporaries(pool: PoolState, signal?: AbortSignal): Promise<number> {
  const { folders, uploads } = pool
  let removed = 0
  for (const name of await readdir(folders.tmp)) {
    if (signal?.aborted === true) return removed
    const path = join(folders.tmp, name)
    if (isOpenUpload(uploads, name) || pool.isReceiving(path)) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}

function isOpenUpload(uploads: UploadTable, name: string): boolean {
  return name.startsWith('u-') && uploads.find(name.slice(2))?.state === 'open'
}

/**
 * Removes complete files that a crash kept out of the index, when they are older than `minAgeMs`: between its rename
 * and its commit every file looks like one. Files of other names are somebody else's and stay.
 */
export async function removeUnindexed(
  pool: PoolState,
  minAgeMs: number,
  nowMs: number,
  signal?: AbortSignal,
): Promise<number> {
  const { folders, index } = pool
  let removed = 0
  for (const entry of await readdir(folders.root, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    for await (const path of filesIn(join(folders.root, entry.name))) {
      if (signal?.aborted === true) return removed
      const sha256 = basename(path)
      if (!SHA256_NAME.test(sha256) || index.hasContent(entry.name, sha256)) continue
      if (minAgeMs > 0 && !(await isOlder(path, nowMs - minAgeMs))) continue
      // Looked at again, and removed in one piece: it may be published meanwhile, and a wall clock may lie about ages.
      if (pool.isReceiving(path) || index.hasContent(entry.name, sha256)) continue
      rmSync(path, { force: true })
      removed++
    }
  }
  return removed
}

/** Removes what was put aside long ago. */
export async function removeOldQuarantine(
  folders: PoolFolders,
  beforeMs: number,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0
  for await (const path of filesIn(folders.quarantine)) {
    if (signal.aborted) return removed
    if (!(await isOlder(path, beforeMs))) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}

/** By the time of its rename, which is the last thing that happened to it. */
async function isOlder(path: string, beforeMs: number): Promise<boolean> {
  try {
    return (await lstat(path)).ctimeMs < beforeMs
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

async function* filesIn(dir: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(dir)) if (!entry.isDirectory()) yield join(dir, entry.name)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
