/** What a stop may take, whatever hangs. */
export const STOP_DEADLINE_MS = 9_500
const HOLD_MS = 3_600_000

export interface LifetimeOptions {
  /** Called once signals are heard: whoever is told that it is ready may send one at once. */
  readonly onReady?: () => void
  /** From the first signal to the end, whatever still hangs then. */
  readonly deadlineMs?: number
  /** SIGHUP does this instead of stopping: read files again. */
  readonly onHangUp?: () => void
  /** A second signal does this instead of ending at once; the third one ends. */
  readonly hurry?: () => void
}

/**
 * Keeps a server command alive until SIGTERM or SIGINT, then stops it: within 10 s, at once at a second signal.
 * Resolves with the exit code.
 */
export async function runUntilStopped(stop: () => Promise<void>, options: LifetimeOptions = {}): Promise<number> {
  const { deadlineMs = STOP_DEADLINE_MS, onReady, onHangUp, hurry } = options
  const signals = watchSignals(onHangUp)
  // While its gateway is away a worker has nothing open but timers that hold nobody: it must wait all the same.
  const hold = setInterval(() => undefined, HOLD_MS)
  onReady?.()
  await signals.reached(1)
  clearInterval(hold)
  if (hurry !== undefined) void signals.reached(2).then(hurry)
  const forced = signals.reached(hurry === undefined ? 2 : 3).then(() => 130)
  const late = new Promise<number>((resolve) => {
    setTimeout(resolve, deadlineMs, 1).unref()
  })
  return Promise.race([stop().then(() => 0), forced, late])
}

/** Resolves at the n-th signal that asks for an end. */
function watchSignals(onHangUp: (() => void) | undefined): { reached(count: number): Promise<void> } {
  const waiting = new Map<number, () => void>()
  let heard = 0
  const onEnd = (): void => {
    heard += 1
    waiting.get(heard)?.()
  }
  process.on('SIGINT', onEnd)
  process.on('SIGTERM', onEnd)
  // On Windows it says that the console closes, and the process is ended soon after.
  process.on('SIGHUP', process.platform === 'win32' ? onEnd : (onHangUp ?? onEnd))
  return {
    reached: (count) =>
      new Promise((resolve) => {
        if (heard >= count) resolve()
        else waiting.set(count, resolve)
      }),
  }
}
