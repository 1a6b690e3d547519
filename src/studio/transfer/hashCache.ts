import { basename } from 'node:path'
import { AppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { isSameFile, statRegularFile } from '../../shared/node/index.ts'
import type { Database, FileHasher, RegularFile } from '../../shared/node/index.ts'

export interface Digests {
  readonly md5: string
  readonly sha256: string
}

export interface HashCache {
  /** Digests already known for the file as it is now; undefined when it must be read. Throws FILE_* errors. */
  known(path: string): Promise<Digests | undefined>
  /** Known or computed off this thread. Two callers of one path share one reading. Throws INPUT_CHANGED, FILE_*. */
  digest(path: string, options: { signal: AbortSignal; onProgress?: (hashedBytes: number) => void }): Promise<Digests>
  stop(): Promise<void>
}

interface Reading {
  readonly promise: Promise<Digests>
  readonly controller: AbortController
  readonly listeners: Set<(hashedBytes: number) => void>
  waiters: number
}

const MAX_ROWS = 10_000

/** A row is trusted only while path, size, mtime, inode and device are all the same. */
export function createHashCache(deps: {
  readonly db: Database
  readonly hasher: FileHasher
  readonly clock: Clock
}): HashCache {
  const { hasher } = deps
  const table = createTable(deps.db, deps.clock)
  const readings = new Map<string, Reading>()

  const start = (path: string, stamp: RegularFile): Reading => {
    const controller = new AbortController()
    const listeners = new Set<(hashedBytes: number) => void>()
    const read = async (): Promise<Digests> => {
      const onProgress = (hashedBytes: number): void => {
        for (const listener of listeners) listener(hashedBytes)
      }
      const { md5, sha256 } = await hasher.hash(path, { signal: controller.signal, onProgress })
      // The stamp from before the reading: a file that changed meanwhile must not be cached under its new one.
      if (!isSameFile(stamp, await statRegularFile(path))) {
        throw new AppError('INPUT_CHANGED', { retryable: true, data: { file: basename(path) } })
      }
      table.write(path, stamp, { md5, sha256 })
      return { md5, sha256 }
    }
    const promise = read().finally(() => {
      if (readings.get(path) === reading) readings.delete(path)
    })
    const reading: Reading = { promise, controller, listeners, waiters: 0 }
    readings.set(path, reading)
    return reading
  }

  return {
    known: async (path) => table.read(path, await statRegularFile(path)),
    async digest(path, { signal, onProgress }) {
      signal.throwIfAborted()
      const stamp = await statRegularFile(path)
      const cached = table.read(path, stamp)
      if (cached !== undefined) return cached
      signal.throwIfAborted()
      const current = readings.get(path)
      // One that everybody left is on its way out: who comes now must not get its end.
      const isOpen = current?.controller.signal.aborted === false
      return join(isOpen ? current : start(path, stamp), signal, onProgress)
    },
    async stop() {
      const running = [...readings.values()]
      for (const reading of running) reading.controller.abort(new Error('stopped'))
      await Promise.allSettled(running.map((reading) => reading.promise))
      await hasher.stop()
    },
  }
}

/** Waits for a shared reading; the last one who leaves stops it. */
async function join(
  reading: Reading,
  signal: AbortSignal,
  onProgress: ((hashedBytes: number) => void) | undefined,
): Promise<Digests> {
  reading.waiters += 1
  if (onProgress !== undefined) reading.listeners.add(onProgress)
  const left = Promise.withResolvers<never>()
  const leave = (): void => {
    left.reject(signal.reason)
  }
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([reading.promise, left.promise])
  } finally {
    signal.removeEventListener('abort', leave)
    if (onProgress !== undefined) reading.listeners.delete(onProgress)
    reading.waiters -= 1
    if (reading.waiters === 0) reading.controller.abort(new Error('nobody waits for these digests any more'))
    // Nobody else may be listening when the abort above comes back as a rejection.
    reading.promise.catch(() => undefined)
  }
}

interface Table {
  read(path: string, stamp: RegularFile): Digests | undefined
  write(path: string, stamp: RegularFile, digests: Digests): void
}

function createTable(db: Database, clock: Clock): Table {
  return {
    read: (path, stamp) =>
      db.get<Digests>(
        `SELECT md5, sha256 FROM hash_cache
         WHERE path = ? AND size_bytes = ? AND mtime_ms = ? AND inode = ? AND device = ?`,
        path,
        stamp.sizeBytes,
        stamp.mtimeMs,
        stamp.inode,
        stamp.device,
      ),
    write(path, stamp, digests) {
      db.transaction(() => {
        db.run(
          `INSERT OR REPLACE INTO hash_cache (path, size_bytes, mtime_ms, inode, device, md5, sha256, used_at_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          path,
          stamp.sizeBytes,
          stamp.mtimeMs,
          stamp.inode,
          stamp.device,
          digests.md5,
          digests.sha256,
          clock.now(),
        )
        db.run(
          `DELETE FROM hash_cache WHERE path IN
             (SELECT path FROM hash_cache ORDER BY used_at_ms DESC LIMIT -1 OFFSET ${String(MAX_ROWS)})`,
        )
      })
    },
  }
}
