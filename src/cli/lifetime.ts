const STOP_DEADLINE_MS = 9_500
const HOLD_MS = 3_600_000

/**
 * Keeps a server command alive until SIGTERM or SIGINT, then stops it: within 10 s, at once at a second signal.
 * Resolves with the exit code.
 */
export async function runUntilStopped(stop: () => Promise<void>): Promise<number> {
  // While its gateway is away a worker has nothing open but timers that hold nobody: it must wait all the same.
  const hold = setInterval(() => undefined, HOLD_MS)
  await firstSignal()
  clearInterval(hold)
  const forced = new Promise<number>((resolve) => {
    onSignal(() => {
      resolve(130)
    })
    setTimeout(() => {
      resolve(1)
    }, STOP_DEADLINE_MS).unref()
  })
  return Promise.race([stop().then(() => 0), forced])
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    onSignal(resolve)
  })
}

function onSignal(listener: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listener)
}
