/** The only road to time: in-process deadlines use `monotonic`, stored times use `now`. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. Can jump. */
  now(): number
  /** Milliseconds that never go back. No meaning outside this process. */
  monotonic(): number
  /** Calls `fn` once after `delayMs`; `cancel` is idempotent. The timer never keeps the process alive. */
  setTimer(fn: () => void, delayMs: number): Timer
}

export interface Timer {
  cancel(): void
}

/** Resolves after `delayMs`, or rejects with the signal's own reason. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(toError(signal.reason))
      return
    }
    const onAbort = (): void => {
      timer.cancel()
      reject(toError(signal?.reason))
    }
    const timer = clock.setTimer(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, delayMs)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
