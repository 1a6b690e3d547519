import { poolExtSchema } from '../../protocol/files/index.ts'
import type { PoolFileRef, UploadProgress } from '../../client/index.ts'
import { AppError } from '../../shared/index.ts'
import type { GatewayLink } from '../connection/index.ts'
import type { UploadCheckpoints } from './checkpoints.ts'
import { createSlots, createTurns } from './slots.ts'

export interface UploadRequest {
  readonly path: string
  readonly file: PoolFileRef
  readonly signal: AbortSignal
  readonly onProgress: (progress: UploadProgress) => void
  /** The connection broke; the upload goes on by itself after a while. */
  readonly onInterrupted: (error: AppError) => void
}

export interface DownloadRequest {
  readonly url: string
  /** Where the bytes go; what is there from an earlier try is gone on with. */
  readonly tmpPath: string
  readonly expected: { readonly md5: string; readonly sha256: string; readonly sizeBytes: number }
  readonly signal: AbortSignal
  readonly onProgress: (receivedBytes: number, totalBytes: number) => void
  readonly onInterrupted: (error: AppError) => void
}

export interface Transfers {
  /** Resolves when the pool has the file; at once when it had it already. */
  upload(link: GatewayLink, request: UploadRequest): Promise<void>
  download(link: GatewayLink, request: DownloadRequest): Promise<void>
}

export interface TransferDeps {
  readonly checkpoints: UploadCheckpoints
  /** Bytes per second; null = no limit. Asked for each block, so that a change counts at once. */
  readonly readUploadLimit: () => number | null
  /** Keeps the PC awake while something travels. */
  readonly setBusy: (isBusy: boolean) => void
}

const MAX_UPLOADS = 2

/** Uploads at most two files at once, the same content never twice at once; downloads go as they come. */
export function createTransfers(deps: TransferDeps): Transfers {
  const slots = createSlots(MAX_UPLOADS)
  // One at a time per content: the second finds the bytes in the pool.
  const contents = createTurns()
  const busy = countBusy(deps.setBusy)

  return {
    async upload(link, request) {
      const leaveTurn = await contents.acquire(`${link.key} ${request.file.sha256}`, request.signal)
      try {
        if (await isStored(link, request)) return
        const leaveSlot = await slots.acquire(request.signal)
        try {
          await busy(() => sendFile(deps, link, request))
        } finally {
          leaveSlot()
        }
      } catch (thrown) {
        throw withHost(thrown, link)
      } finally {
        leaveTurn()
      }
    },
    download: (link, request) =>
      busy(() =>
        link.pool.download({
          source: { url: request.url },
          destTmpPath: request.tmpPath,
          expected: request.expected,
          signal: request.signal,
          onProgress: request.onProgress,
          onRetry: (retry) => {
            request.onInterrupted(withHost(retry.error, link))
          },
        }),
      ).catch((thrown: unknown) => {
        throw withHost(thrown, link)
      }),
  }
}

async function isStored(link: GatewayLink, request: UploadRequest): Promise<boolean> {
  const { md5, sha256, ext } = request.file
  // One question that fails at once when nobody answers: the record then says so, instead of waiting in silence.
  const stored = await link.client.checkFiles([{ md5, sha256, ext: poolExtSchema.parse(ext) }], request.signal)
  return stored.has(md5)
}

async function sendFile(deps: TransferDeps, link: GatewayLink, request: UploadRequest): Promise<void> {
  const { checkpoints } = deps
  const { sha256 } = request.file
  const resumeUrl = checkpoints.find(link.key, sha256)
  await link.pool.upload(request.path, request.file, {
    ...(resumeUrl === undefined ? {} : { resumeUrl: new URL(resumeUrl, link.baseUrl).href }),
    signal: request.signal,
    limitBytesPerSecond: () => deps.readUploadLimit() ?? undefined,
    onProgress: request.onProgress,
    onUploadUrl: (url) => {
      if (url === null) checkpoints.forget(link.key, sha256)
      // Without its host: the embedded gateway may have another port after a restart.
      else checkpoints.save(link.key, sha256, new URL(url).pathname)
    },
    onRetry: (retry) => {
      request.onInterrupted(withHost(retry.error, link))
    },
  })
  checkpoints.forget(link.key, sha256)
}

/** The pool's client knows no names of people's places: the sentence about a lost gateway wants its host. */
function withHost(thrown: unknown, link: GatewayLink): AppError {
  const error = AppError.from(thrown)
  if (!error.code.startsWith('GATEWAY_') || error.data?.['host'] !== undefined) return error
  return new AppError(error.code, { ...error.toJSON(), data: { ...error.data, host: link.client.host }, cause: error })
}

/** Tells when the first begins and when the last has ended. */
function countBusy(setBusy: (isBusy: boolean) => void): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  return async (work) => {
    running += 1
    if (running === 1) setBusy(true)
    try {
      return await work()
    } finally {
      running -= 1
      if (running === 0) setBusy(false)
    }
  }
}
