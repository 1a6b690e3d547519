import { fullJitterMs } from '../../shared/index.ts'
import type { AppError, BackoffPolicy } from '../../shared/index.ts'

/** What a failed step means for its record. */
export type Verdict = { readonly kind: 'wait'; readonly waitMs: number } | { readonly kind: 'fail' }

/** Waits for the world, as long as it takes: the gateway comes back, a person corrects the key or makes room. */
const WAITS: ReadonlySet<string> = new Set([
  'GATEWAY_UNREACHABLE',
  'GATEWAY_OTHER',
  'GATEWAY_NAME_UNKNOWN',
  'GATEWAY_TLS',
  'GATEWAY_PLAIN',
  'GATEWAY_NOT_OURS',
  'TLS_REQUIRED',
  'AUTH_REQUIRED',
  'AUTH_INVALID',
  'SHUTTING_DOWN',
  'REQUEST_TIMEOUT',
  'RATE_LIMITED',
  'QUEUE_FULL',
  'QUEUE_FULL_TENANT',
  'UPLOADS_FULL',
  'DOWNLOADS_FULL',
  'STORE_UNAVAILABLE',
  'DISK_FULL',
  'DB_BUSY',
  'QUOTA',
  'OUTPUT_UNWRITABLE',
  'UPLOAD_LOCKED',
  'RESULT_NOT_READY',
])

/** Worth another try, but not for ever: bytes altered on the way, a fault of the gateway. */
const TRIES: ReadonlySet<string> = new Set([
  'INTERNAL',
  'HASH_MISMATCH',
  'LENGTH_MISMATCH',
  'OFFSET_MISMATCH',
  'UPLOAD_NOT_FOUND',
  'DOWNLOAD_MISMATCH',
])

const MAX_TRIES = 5
const BACKOFF: BackoffPolicy = { baseMs: 1_000, factor: 2, capMs: 30_000 }
const DISK_POLL_MS = 5_000
/** A floor, so that neither jitter nor a Retry-After of 0 turns into a busy loop. */
const MIN_WAIT_MS = 250
/** Beyond it a gateway's word is not taken: a timer that overflows fires at once, and a person waits for nothing. */
const MAX_WAIT_MS = 3_600_000

export interface FailedStep {
  /** Failures in a row of this step, from 0. */
  readonly attempt: number
  /** The gateway has the task, or may have it: a fault there ends nothing, however often it comes. */
  readonly isAtGateway: boolean
}

/** The gateway's own Retry-After goes before back-off. */
export function judgeFailure(error: AppError, step: FailedStep, random: () => number = Math.random): Verdict {
  const goesOn = step.isAtGateway && error.code !== 'DOWNLOAD_MISMATCH'
  const isTry = TRIES.has(error.code) && (goesOn || step.attempt < MAX_TRIES)
  if (!isTry && !WAITS.has(error.code)) return { kind: 'fail' }
  if (error.retryAfterMs !== undefined) {
    return { kind: 'wait', waitMs: Math.min(Math.max(error.retryAfterMs, MIN_WAIT_MS), MAX_WAIT_MS) }
  }
  if (error.code === 'DISK_FULL') return { kind: 'wait', waitMs: DISK_POLL_MS }
  return { kind: 'wait', waitMs: MIN_WAIT_MS + fullJitterMs(BACKOFF, step.attempt, random) }
}
