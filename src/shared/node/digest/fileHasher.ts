import { systemClock } from '../clock/index.ts'
import { statRegularFile } from '../files/index.ts'
import { AppError } from '../../index.ts'
import type { Clock, Timer } from '../../index.ts'
import { HashPair, abortReason } from './HashPair.ts'
import type { FileDigests, HashOptions } from './HashPair.ts'

/** MD5 and SHA-256 of files, each read once, off the calling thread. */
export interface FileHasher {
  /**
   * Throws FILE_NOT_FOUND, FILE_UNREADABLE, NOT_A_FILE, INPUT_CHANGED (the file was touched meanwhile), or the
   * signal's own reason.
   */
  hash(path: string, options?: HashOptions): Promise<FileDigests>
  stop(): Promise<void>
}

export interface FileHasherOptions {
  /** Files hashed at once, each with two threads and 8 MiB; further ones wait their turn. Default 1. */
  readonly threads?: number
  /** Another thread script; by default the one beside this module, which the bundler emits as a chunk of its own. */
  readonly threadUrl?: URL
  readonly clock?: Clock
}

/** A resting pair holds about 30 MB, and a new one starts in tens of milliseconds: it rests no longer than this. */
const REST_MS = 5_000

export function createFileHasher(options: FileHasherOptions = {}): FileHasher {
  const threadUrl = options.threadUrl ?? new URL('./hashThread.ts', import.meta.url)
  const clock = options.clock ?? systemClock
  const limit = options.threads ?? 1
  const idle: { readonly pair: HashPair; readonly end: Timer }[] = []
  const all = new Set<HashPair>()
  const waiting: (() => void)[] = []
  let isStopped = false

  const acquire = async (signal: AbortSignal | undefined): Promise<HashPair> => {
    while (idle.length === 0 && all.size >= limit && !isStopped) await turn(waiting, signal)
    if (isStopped) throw stoppedError()
    const rested = idle.pop()
    rested?.end.cancel()
    // Its threads may have died while it rested.
    if (rested?.pair.isBroken === true) all.delete(rested.pair)
    const pair = rested?.pair.isBroken === false ? rested.pair : new HashPair(threadUrl)
    all.add(pair)
    return pair
  }
  const forget = (pair: HashPair): void => {
    all.delete(pair)
    waiting.shift()?.()
  }
  const rest = (pair: HashPair): void => {
    const end = clock.setTimer(() => {
      const place = idle.findIndex((resting) => resting.pair === pair)
      if (place < 0) return
      idle.splice(place, 1)
      void pair.stop().finally(() => {
        forget(pair)
      })
    }, REST_MS)
    idle.push({ pair, end })
    waiting.shift()?.()
  }
  const release = (pair: HashPair): void => {
    if (pair.isBroken || isStopped) forget(pair)
    else rest(pair)
  }

  return {
    async hash(path, hashOptions = {}) {
      await statRegularFile(path)
      const pair = await acquire(hashOptions.signal)
      try {
        if (hashOptions.signal?.aborted === true) throw abortReason(hashOptions.signal)
        return await pair.hash(path, hashOptions)
      } finally {
        release(pair)
      }
    },
    async stop() {
      isStopped = true
      for (const wake of waiting.splice(0)) wake()
      for (const { end } of idle.splice(0)) end.cancel()
      await Promise.all([...all].map((pair) => pair.stop()))
      all.clear()
    },
  }
}

function turn(waiting: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    const leave = (): void => {
      waiting.splice(waiting.indexOf(wake), 1)
      reject(abortReason(signal))
    }
    if (signal?.aborted === true) {
      reject(abortReason(signal))
      return
    }
    signal?.addEventListener('abort', leave, { once: true })
    waiting.push(wake)
  })
}

function stoppedError(): AppError {
  return new AppError('INTERNAL', { message: 'the hasher was stopped' })
}
