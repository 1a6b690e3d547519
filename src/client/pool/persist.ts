import { AppError, delay, equalJitterMs } from '../../shared/index.ts'
import type { BackoffPolicy, Clock } from '../../shared/index.ts'
import type { PoolRetry } from './port.ts'

const POLICY: BackoffPolicy = { baseMs: 500, factor: 2, capMs: 30_000 }

/** Refusals that pass by themselves. DISK_FULL and QUOTA do not: a person has to make room. */
const PASSING: ReadonlySet<string> = new Set([
  'DB_BUSY',
  'DOWNLOADS_FULL',
  'GATEWAY_UNREACHABLE',
  'GATEWAY_NAME_UNKNOWN',
  'OFFSET_MISMATCH',
  'RATE_LIMITED',
  'REQUEST_TIMEOUT',
  'SHUTTING_DOWN',
  'STORE_UNAVAILABLE',
  'UPLOAD_LOCKED',
  'UPLOADS_FULL',
])

function isPassing(error: unknown): error is AppError {
  return error instanceof AppError && PASSING.has(error.code)
}

export interface PersistOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal
  readonly giveUpAfterMs?: number
  readonly onRetry?: (retry: PoolRetry) => void
}

/**
 * Runs `step` until it gives a value, waiting longer after each failure that moved nothing. `moved` is how a step says
 * that bytes got through: the back-off then begins anew.
 */
export async function persist<T>(options: PersistOptions, step: (moved: () => void) => Promise<T>): Promise<T> {
  let attempt = 0
  let movedAtMs = options.clock.monotonic()
  const moved = (): void => {
    attempt = 0
    movedAtMs = options.clock.monotonic()
  }
  for (;;) {
    options.signal?.throwIfAborted()
    try {
      return await step(moved)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!isPassing(error)) throw error
      const delayMs = Math.max(error.retryAfterMs ?? 0, equalJitterMs(POLICY, attempt))
      attempt += 1
      const isOver = options.clock.monotonic() + delayMs - movedAtMs > (options.giveUpAfterMs ?? Infinity)
      if (isOver) throw error
      options.onRetry?.({ error, delayMs })
      await delay(options.clock, delayMs, options.signal)
    }
  }
}
