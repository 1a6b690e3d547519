import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { PoolClient } from '../../client/index.ts'
import type { JobInput } from '../../protocol/dsp/index.ts'
import { AppError, isAppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { ensureDir, errnoOf, publishFile } from '../../shared/node/index.ts'
import { Arrivals } from './arrivals.ts'
import { planEviction } from './eviction.ts'
import type { CachedFile } from './eviction.ts'
import { FileWork } from './fileWork.ts'
import { Pins } from './pins.ts'

export interface CacheDeps {
  readonly dir: string
  /** Least recently used files go first when the cache outgrows this; files in use are never removed. */
  readonly limitBytes: number
  readonly clock: Clock
}

export interface PinnedInput {
  readonly path: string
  /** Gives the file back; idempotent. */
  release(): void
}

export interface FetchDeps {
  readonly pool: PoolClient
  readonly signal: AbortSignal
  /** Bytes of the file that are here, whoever of those that wait for it fetches it. */
  readonly onProgress?: (receivedBytes: number) => void
}

/** Verified inputs by SHA-256. A file under its final name is whole: it gets the name only after both digests fit. */
export interface InputCache {
  /** The input as a file, fetched if need be and pinned until released. Throws INPUT_FETCH_FAILED or INPUT_CORRUPT. */
  acquire(input: JobInput, deps: FetchDeps): Promise<PinnedInput>
  /**
   * Removes contents under whatever ending, waiting up to 30 s for runs that use one. Answers what is used still;
   * what is not there is as good as removed.
   */
  remove(sha256s: readonly string[], signal: AbortSignal): Promise<readonly string[]>
}

const PARTIAL = '.part'
const REMOVE_WAIT_MS = 30_000

export function createInputCache(deps: CacheDeps): InputCache {
  const pins = new Pins()
  const busy = new FileWork()
  const arrivals = new Arrivals()
  const isFree = (name: string): boolean => !pins.has(name) && !busy.has(name)
  const remove = (name: string): Promise<void> =>
    busy.run(wholeName(name), () => rm(join(deps.dir, name), { force: true }))

  const ensure = async (input: JobInput, name: string, fetchDeps: FetchDeps): Promise<void> => {
    const { signal } = fetchDeps
    // Looked for and fetched in one piece: two runs of one batch must not both find it missing.
    const onProgress = (bytes: number): void => arrivals.tell(name, bytes)
    const work = (): Promise<boolean> => fetchMissing(deps.dir, name, input, { ...fetchDeps, onProgress })
    const leave = arrivals.watch(name, fetchDeps.onProgress)
    try {
      const isFetched = await busy.run(name, work, () => {
        signal.throwIfAborted()
      })
      if (isFetched) await evict()
    } finally {
      leave()
    }
  }

  /** Makes room for what came last. */
  const evict = async (): Promise<void> => {
    for (const name of planEviction(await listFiles(deps.dir, isFree), deps.limitBytes)) {
      if (isFree(wholeName(name))) await remove(name)
    }
  }

  /** The contents among these that a run uses; the others are gone. */
  const removeFree = async (sha256s: readonly string[]): Promise<readonly string[]> => {
    const inUse = new Set<string>()
    for (const file of await listDir(deps.dir)) {
      const name = wholeName(file)
      const sha256 = sha256s.find((one) => name.startsWith(one))
      if (sha256 === undefined) continue
      // Nothing runs in between: who comes after this finds the file busy, and fetches it anew afterwards.
      if (isFree(name)) await remove(file)
      else inUse.add(sha256)
    }
    return [...inUse]
  }

  return {
    async acquire(input, fetchDeps) {
      await ensureDir(deps.dir, 0o700)
      const name = `${input.sha256}${input.ext}`
      const path = join(deps.dir, name)
      const release = pins.pin(name)
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
    async remove(sha256s, signal) {
      const patience = new AbortController()
      const enough = AbortSignal.any([signal, patience.signal])
      const timer = deps.clock.setTimer(() => {
        patience.abort()
      }, REMOVE_WAIT_MS)
      try {
        for (;;) {
          const inUse = await removeFree(sha256s)
          signal.throwIfAborted()
          if (inUse.length === 0 || patience.signal.aborted) return inUse
          await pins.nextRelease(enough)
        }
      } finally {
        timer.cancel()
      }
    },
  }
}

async function listDir(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

function wholeName(file: string): string {
  return file.endsWith(PARTIAL) ? file.slice(0, -PARTIAL.length) : file
}

/** True when it was not there. */
async function fetchMissing(dir: string, name: string, input: JobInput, deps: FetchDeps): Promise<boolean> {
  if (await isWhole(join(dir, name), input.size)) return false
  await fetchInput(dir, name, input, deps)
  return true
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
  // The pool itself says that it has lost the file: no later try will find it.
  if (isAppError(error, 'INPUT_MISSING') || isAppError(error, 'INPUT_CORRUPT')) {
    return new AppError(error.code, { message: error.message, data: { role: input.role, missing: input.role } })
  }
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

async function listFiles(dir: string, isFree: (name: string) => boolean): Promise<readonly CachedFile[]> {
  const files: CachedFile[] = []
  for (const name of await readdir(dir)) {
    const stats = await stat(join(dir, name)).catch(() => undefined)
    if (stats === undefined) continue
    files.push({ name, sizeBytes: stats.size, usedAtMs: stats.mtimeMs, isPinned: !isFree(wholeName(name)) })
  }
  return files
}
