/** A file as a GPU server names it: by the MD5 of its bytes. */
export interface ServerFile {
  readonly md5: string
  readonly ext: string
}

/** What a GPU server says of one of its tasks. Only `status` can be relied on: percent and frames are often invented. */
export interface ServerTask {
  readonly status: 'queued' | 'processing' | 'synthesizing' | 'encoding' | 'done' | 'error'
  readonly progress: number | null
  readonly totalFrames: number | null
  readonly currentFrame: number | null
  /** Its own words about what went wrong. */
  readonly error: string | null
}

export type DownloadOutcome =
  { readonly kind: 'done'; readonly sizeBytes: number } | { readonly kind: 'not_finished' } | { readonly kind: 'gone' }

export interface CallOptions {
  readonly signal?: AbortSignal
}

export interface TransferOptions extends CallOptions {
  /** Bytes of the file that have gone or come so far. */
  readonly onMoved?: (movedBytes: number) => void
}

/**
 * The HTTP side of one GPU server of the field (`/api/heygem/*`). Every method throws GPU_SERVER_UNREACHABLE when the
 * server does not answer or answers something else, GPU_SERVER_REFUSED when it says no, or the signal's own reason.
 */
export interface GpuServerClient {
  /** Whether its models are loaded. Throws GPU_SERVER_REFUSED when it does not let us in. */
  isInitialized(options?: CallOptions): Promise<boolean>
  /** Those it does not have. It forgets files after a day without use, so ask before each task. */
  missing(files: readonly ServerFile[], options?: CallOptions): Promise<readonly ServerFile[]>
  /** Throws INPUT_FETCH_FAILED when it got other bytes: it keeps them under their real name, and says so. */
  upload(file: ServerFile, path: string, options?: TransferOptions): Promise<void>
  /** Undefined when it knows no such task: its tasks live in memory, and a restart forgets them. */
  task(taskId: string, options?: CallOptions): Promise<ServerTask | undefined>
  /** Writes the result to `path`, at most `maxBytes` of it. What is there afterwards is not verified. */
  download(
    taskId: string,
    path: string,
    options: TransferOptions & { readonly maxBytes: number },
  ): Promise<DownloadOutcome>
}
