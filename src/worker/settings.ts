import type { AppError, Clock } from '../shared/index.ts'
import type { Logger } from '../shared/node/index.ts'
import type { Engine } from './engines/port.ts'
import type { ReconnectTimings } from './link/reconnect.ts'

export interface WorkerOptions {
  /** Journal, cache and work files; one worker per folder (a second one gets DB_IN_USE). */
  readonly dataDir: string
  /** `ws://host:port/dsp` or `http://host:port`. */
  readonly gatewayUrl: string
  /** Shared with the gateway; proven, never sent. */
  readonly workerSecret: string
  /** Runs at the same time, 1–64. */
  readonly slots: number
  /** Name of a registered engine, or one brought along. */
  readonly engine: string | Engine
  /** FFmpeg the person chose; null = look for it. */
  readonly ffmpegPath: string | null
  /** Shown to people beside the server id; default the machine's name. */
  readonly name?: string
  /** Default 20 GiB. */
  readonly cacheLimitBytes?: number
  /** Absolute path of `nvidia-smi`; default: the one on PATH, and no GPU load where there is none. */
  readonly nvidiaSmi?: string
  readonly log: Logger
  readonly clock?: Clock
  readonly reconnect?: ReconnectTimings
}

export type WorkerState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'registered'; readonly serverId: string }
  /** The gateway is away; the worker comes back by itself. */
  | { readonly kind: 'offline' }
  /** The gateway does not take this worker (wrong secret); tried again slowly, told each time. */
  | { readonly kind: 'refused'; readonly error: AppError }
  /** Takes nothing new. */
  | { readonly kind: 'draining' }
  | { readonly kind: 'stopped' }

export interface Worker {
  /**
   * Opens the journal and begins to connect; resolves when that is under way, not when it is connected (see
   * `onState`). Throws DB_IN_USE, DATA_DIR_UNWRITABLE, DISK_FULL, ENGINE_UNKNOWN or
   * GATEWAY_ADDRESS_INVALID.
   */
  start(): Promise<void>
  readonly state: WorkerState
  /** Tells each change of state; gives the way to leave. */
  onState(listener: (state: WorkerState) => void): () => void
  /**
   * Takes nothing new, lets what runs end by itself for `graceMs` (default 0), hands the rest back to the gateway's
   * queue, waits for the gateway's answers until `deadlineMs` later (default 8 s), closes everything. What could not be
   * told is told after the next start. A second call ends the grace at once.
   */
  stop(options?: { readonly graceMs?: number; readonly deadlineMs?: number }): Promise<void>
}
