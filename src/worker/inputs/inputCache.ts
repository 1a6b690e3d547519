import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { PoolClient } from '../../client/index.ts'
import type { JobInput } from '../../protocol/dsp/index.ts'
import { AppError, isAppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { ensureDir, publishFile } from '../../shared/node/index.ts'
import { planEviction } from './eviction.ts'
import type { CachedFile } from './eviction.ts'

export interface CacheDeps {
  readonly dir: string
  /** Least recently used files go first when the cache outgrows this; files in use are never removed. */
  readonly limitBytes: number
  readonly clock: Pick<Clock, 'now'>
}

export interface PinnedInput {
  readonly path: string
  /** Gives the file back; idempotent. */
  release(): void
}

export interface FetchDeps {
  readonly pool: PoolClient
  readonly signal: AbortSignal
  readonly onProgress?: (receivedBytes: number, totalBytes: number) => void
}

/** Verified inputs by SHA-256. A file under its final name is whole: it gets the name only after both digests fit. */
export interface InputCache {
  /** The input as a file, fetched if need be and pinned until released. Throws INPUT_FETCH_FAILED or INPUT_CORRUPT. */
  acquire(input: JobInput, deps: FetchDeps): Promise<PinnedInput>
}

const PARTIAL = '.part'

export function createInputCache(deps: CacheDeps): InputCache {
  const pins = new Map<string, number>()
  const fetching = new Map<string, Promise<void>>()

  const ensure = async (input: JobInput, name: string, fetchDeps: FetchDeps): Promise<void> => {
    // Whoever comes second waits for the first; when the first is cancelled or fails, the second tries itself.
    for (let other = fetching.get(name); other !== undefined; other = fetching.get(name)) {
      await other.catch(() => undefined)
      fetchDeps.signal.throwIfAborted()
    }
    if (await isWhole(join(deps.dir, name), input.size)) return
    const mine = fetchInput(deps.dir, name, input, fetchDeps).finally(() => fetching.delete(name))
    fetching.set(name, mine)
    await mine
    await evict(deps, pins)
  }

  return {
    async acquire(input, fetchDeps) {
      await ensureDir(deps.dir, 0o700)
      const name = `${input.sha256}${input.ext}`
      const path = join(deps.dir, name)
      pins.set(name, (pins.get(name) ?? 0) + 1)
      let isReleased = false
      const release = (): void => {
        if (isReleased) return
        isReleased = true
        const left = (pins.get(name) ?? 1) - 1
        if (left === 0) pins.delete(name)
        else pins.set(name, left)
      }
      try {
        await ensure(input, name, fetchDeps)
        const now = new Date(deps.clock.now())
        await utimes(path, now, now)
        return { path, release }
      } catch (error) {
        release()
        throw error
      }
    },
  }
}

async function fetchInput(dir: string, name: string, input: JobInput, deps: FetchDeps): Promise<void> {
  const destTmpPath = join(dir, `${name}${PARTIAL}`)
  try {
    await deps.pool.download({
      source: { url: input.url },
      destTmpPath,
      expected: { md5: input.md5, sha256: input.sha256, sizeBytes: input.size },
      signal: deps.signal,
      ...(deps.onProgress === undefined ? {} : { onProgress: deps.onProgress }),
    })
    await publishFile(destTmpPath, join(dir, name))
  } catch (error) {
    deps.signal.throwIfAborted()
    // What arrived is kept to go on with, unless it is known to be wrong.
    if (isAppError(error, 'DOWNLOAD_MISMATCH')) await rm(destTmpPath, { force: true })
    throw toInputError(error, input)
  }
}

function toInputError(error: unknown, input: JobInput): AppError {
  if (isAppError(error, 'DISK_FULL')) return error
  const isCorrupt = isAppError(error, 'DOWNLOAD_MISMATCH')
  const message = error instanceof Error ? error.message : String(error)
  return new AppError(isCorrupt ? 'INPUT_CORRUPT' : 'INPUT_FETCH_FAILED', {
    message: `${input.role}: ${message}`,
    retryable: !isCorrupt,
    data: { role: input.role, md5: input.md5 },
    cause: error,
  })
}

async function isWhole(path: string, sizeBytes: number): Promise<boolean> {
  try {
    return (await stat(path)).size === sizeBytes
  } catch {
    return false
  }
}

async function evict(deps: CacheDeps, pins: ReadonlyMap<string, number>): Promise<void> {
  const files: CachedFile[] = []
  for (const name of await readdir(deps.dir)) {
    const stats = await stat(join(deps.dir, name)).catch(() => undefined)
    const isPinned = pins.has(name) || pins.has(name.slice(0, -PARTIAL.length))
    if (stats !== undefined) files.push({ name, sizeBytes: stats.size, usedAtMs: stats.mtimeMs, isPinned })
  }
  for (const name of planEviction(files, deps.limitBytes)) await rm(join(deps.dir, name), { force: true })
}
