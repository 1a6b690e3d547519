import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from '../../shared/node/index.ts'
import { SHA256_NAME } from './poolFolders.ts'
import type { PoolFolders } from './poolFolders.ts'
import type { PoolIndex } from './poolIndex.ts'
import type { UploadTable } from './tus/uploadTable.ts'

/** What says which files are still of use. */
interface PoolState {
  readonly folders: PoolFolders
  readonly index: PoolIndex
  readonly uploads: UploadTable
  isReceiving(path: string): boolean
}

/** Removes temporary files that no upload goes on with. Answers how many. */
export async function removeTemporaries(pool: PoolState): Promise<number> {
  const { folders, uploads } = pool
  const kept = new Set(uploads.openIds().map((id) => folders.upload(id)))
  let removed = 0
  for (const name of await readdir(folders.tmp)) {
    const path = join(folders.tmp, name)
    if (kept.has(path) || pool.isReceiving(path)) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}

/**
 * Removes complete files that a crash kept out of the index; only at a start, when nothing is being published. Files
 * of other names are somebody else's and stay.
 */
export async function removeUnindexed(pool: PoolState): Promise<number> {
  const { folders } = pool
  const indexed = new Set(pool.index.all().map(({ tenant, file }) => folders.file(tenant, file.sha256)))
  let removed = 0
  for (const entry of await readdir(folders.root, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    for (const name of await listFolder(join(folders.root, entry.name))) {
      const path = join(folders.root, entry.name, name)
      if (!SHA256_NAME.test(name) || indexed.has(path)) continue
      await rm(path, { force: true })
      removed++
    }
  }
  return removed
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}
