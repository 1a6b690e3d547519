import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../index.ts'
import { toFileError } from '../files/index.ts'
import { cancelRing, createHashRing, resetRing } from './hashRing.ts'
import type { HashCommand, HashThreadData, HashThreadMessage } from './hashThread.ts'

export interface FileDigests {
  /** Lower-case hex. */
  readonly md5: string
  readonly sha256: string
  readonly sizeBytes: number
}

export interface HashOptions {
  readonly signal?: AbortSignal
  /** Called about ten times a second with the bytes hashed so far. Must not throw: nobody could catch it. */
  readonly onProgress?: (hashedBytes: number) => void
}

interface Job {
  readonly path: string
  readonly options: HashOptions
  readonly resolve: (digests: FileDigests) => void
  readonly reject: (error: Error) => void
  md5: string | undefined
  sha256: { readonly sha256: string; readonly sizeBytes: number } | undefined
  failure: Error | undefined
  /** Threads that have not said their last word about this job. */
  openThreads: number
}

/** Two threads and their ring; hashes one file at a time and keeps the process alive only meanwhile. */
export class HashPair {
  readonly #ring = createHashRing()
  readonly #threads: readonly Worker[]
  #job: Job | undefined
  #isBroken = false

  constructor(threadUrl: URL) {
    const roles: readonly HashThreadData['role'][] = ['read', 'md5']
    this.#threads = roles.map((role) => {
      const thread = new Worker(threadUrl, {
        workerData: { role, ring: this.#ring } satisfies HashThreadData,
        // Flags meant for the main script (`--input-type`, …) would stop the thread from starting.
        execArgv: [],
      })
      thread.on('message', (message: HashThreadMessage) => {
        this.#receive(message)
      })
      thread.on('error', (error: Error) => {
        this.#break(error)
      })
      thread.on('exit', () => {
        this.#break(new Error('a hash thread ended'))
      })
      thread.unref()
      return thread
    })
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  hash(path: string, options: HashOptions): Promise<FileDigests> {
    return new Promise((resolve, reject) => {
      resetRing(this.#ring)
      this.#job = {
        path,
        options,
        resolve,
        reject,
        md5: undefined,
        sha256: undefined,
        failure: undefined,
        openThreads: 2,
      }
      options.signal?.addEventListener('abort', this.#onAbort, { once: true })
      for (const thread of this.#threads) {
        thread.ref()
        thread.postMessage({ path } satisfies HashCommand)
      }
    })
  }

  async stop(): Promise<void> {
    this.#break(new AppError('INTERNAL', { message: 'the hasher was stopped' }))
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  readonly #onAbort = (): void => {
    cancelRing(this.#ring)
  }

  #receive(message: HashThreadMessage): void {
    const job = this.#job
    if (job === undefined) return
    switch (message.kind) {
      case 'progress':
        if (job.options.signal?.aborted !== true) job.options.onProgress?.(message.hashedBytes)
        return
      case 'md5':
        job.md5 = message.md5
        break
      case 'sha256':
        job.sha256 = message
        break
      case 'abandoned':
        break
      case 'ended':
      case 'failed':
        job.failure = toFailure(message, job)
    }
    job.openThreads -= 1
    if (job.openThreads === 0) this.#settle(job)
  }

  /** Only when both threads are done with the ring, so that the next job may reset it. */
  #settle(job: Job): void {
    this.#job = undefined
    job.options.signal?.removeEventListener('abort', this.#onAbort)
    for (const thread of this.#threads) thread.unref()
    if (job.failure !== undefined) job.reject(job.failure)
    else if (job.md5 !== undefined && job.sha256 !== undefined) {
      const { sha256, sizeBytes } = job.sha256
      job.options.onProgress?.(sizeBytes)
      job.resolve({ md5: job.md5, sha256, sizeBytes })
    } else job.reject(new AppError('INTERNAL', { message: 'a hash thread gave no digest' }))
  }

  #break(cause: Error): void {
    this.#isBroken = true
    // One alone would wait in the ring for the other for ever, and keep the process alive.
    for (const thread of this.#threads) void thread.terminate()
    const job = this.#job
    if (job === undefined) return
    this.#job = undefined
    job.options.signal?.removeEventListener('abort', this.#onAbort)
    job.reject(AppError.from(cause))
  }
}

function toFailure(message: Extract<HashThreadMessage, { kind: 'ended' | 'failed' }>, job: Job): Error {
  const data = { file: basename(job.path) }
  if (message.kind === 'failed') {
    return toFileError(Object.assign(new Error(message.message), { code: message.errno }), job.path)
  }
  switch (message.reason) {
    case 'cancelled':
      return abortReason(job.options.signal)
    case 'changed':
      return new AppError('INPUT_CHANGED', { message: `${job.path} changed while it was read`, data, retryable: true })
    case 'notAFile':
      return new AppError('NOT_A_FILE', { message: `${job.path} is not a file`, data })
  }
}

/** Cancellation is the caller's own reason, never a failure of ours. */
export function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new Error(String(reason))
}
