import type { Clock } from '../../shared/index.ts'

/** Names a file of the pool: by MD5 and extension on the wire, by SHA-256 as identity. */
export interface PoolFileRef {
  readonly md5: string
  readonly sha256: string
  /** With its dot: `.mp4`. */
  readonly ext: string
  readonly sizeBytes: number
  /** The person's own name for it; shown, never used as a path. */
  readonly name?: string
}

export interface UploadOptions {
  /** Where an earlier try stopped: what `onUploadUrl` gave then, also in an earlier life of the process. */
  readonly resumeUrl?: string
  /** Called as soon as there is an upload to come back to, and with null when it cannot be resumed any more. */
  readonly onUploadUrl?: (url: string | null) => void
  /** Bytes the pool has, or that are on their way to it. `resumedFromBytes` is where the last try began. */
  readonly onProgress?: (progress: UploadProgress) => void
  readonly signal?: AbortSignal
  /** Read again for each block, so that a setting changed meanwhile counts at once. 0 or undefined: no limit. */
  readonly limitBytesPerSecond?: number | (() => number | undefined)
  readonly onRetry?: (retry: PoolRetry) => void
}

export interface UploadProgress {
  readonly sentBytes: number
  readonly totalBytes: number
  readonly resumedFromBytes: number
}

export interface PoolRetry {
  readonly error: Error
  readonly delayMs: number
}

export interface DownloadRequest {
  /** A file of the pool, or a path or URL on the gateway. */
  readonly source: { readonly url: string } | { readonly md5: string; readonly ext: string }
  /** Written in place; what is there already is taken for the beginning of the same file and gone on with. */
  readonly destTmpPath: string
  readonly expected: { readonly md5: string; readonly sha256: string; readonly sizeBytes: number }
  readonly onProgress?: (receivedBytes: number, totalBytes: number) => void
  readonly signal?: AbortSignal
  readonly onRetry?: (retry: PoolRetry) => void
}

export interface UploadResult {
  readonly resumedFromBytes: number
  /** False when the pool turned out to have the bytes already. */
  readonly isSent: boolean
}

/** The file pool of one gateway, seen from studio and worker. Holds connections: close it. */
export interface PoolClient {
  /** The MD5s among `files` that the pool has with the same size. */
  has(
    files: readonly Pick<PoolFileRef, 'md5' | 'ext' | 'sizeBytes'>[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ReadonlySet<string>>
  /**
   * Brings a file into the pool and resolves when the pool has verified and published it. Broken connections are
   * tried again until `signal` aborts. Throws HASH_MISMATCH, HASH_COLLISION, FILE_TOO_LARGE, QUOTA, DISK_FULL,
   * AUTH_INVALID, INPUT_CHANGED, FILE_* or the signal's reason.
   */
  upload(path: string, file: PoolFileRef, options?: UploadOptions): Promise<UploadResult>
  /**
   * Fetches a file and checks size and both digests; the caller publishes `destTmpPath`. Broken connections are gone
   * on with until `signal` aborts. Throws DOWNLOAD_MISMATCH, POOL_FILE_NOT_FOUND, RESULT_GONE, DISK_FULL, AUTH_INVALID
   * or the signal's reason.
   */
  download(request: DownloadRequest): Promise<void>
  close(): void
}

export interface PoolClientOptions {
  /** `http://host:port` of the gateway. */
  readonly baseUrl: string
  /** Credentials of each request, asked for each time: a capability can be renewed meanwhile. */
  readonly headers: () => Readonly<Record<string, string>>
  /** Default: the pool routes of clients. A worker passes its own. */
  readonly routes?: { readonly pool: string; readonly uploads: string }
  /** Give up when nothing has moved for so long; default never. */
  readonly giveUpAfterMs?: number
  readonly clock: Clock
}
