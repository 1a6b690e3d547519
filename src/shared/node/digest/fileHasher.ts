import { statRegularFile } from '../files/index.ts'
import { AppError } from '../../index.ts'
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
}

export function createFileHasher(options: FileHasherOptions = {}): FileHasher {
  const threadUrl = options.threadUrl ?? new URL('./hashThread.ts', import.meta.url)
  const limit = options.threads ?? 1
  const idle: HashPair[] = []
  const all = new Set<HashPair>()
  const waiting: (() => void)[] = []
  let isStopped = false

  const acquire = async (signal: AbortSignal | undefined): Promise<HashPair> => {
    while (idle.length === 0 && all.size >= limit && !isStopped) await turn(waiting, signal)
    if (isStopped) throw stoppedError()
    const pair = idle.pop() ?? new HashPair(threadUrl)
    all.add(pair)
    return pair
  }
  const release = (pair: HashPair): void => {
    if (pair.isBroken) all.delete(pair)
    else idle.push(pair)
    waiting.shift()?.()
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
