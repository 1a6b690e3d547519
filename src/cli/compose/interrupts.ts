import { constants } from 'node:os'

/** Ctrl-C and SIGTERM while a task is under way. */
export interface Interrupts {
  /** Aborts at the first signal; `reason` is the exit code. A second signal ends the process at once. */
  readonly signal: AbortSignal
  readonly exitCode: number
  stop(): void
}

export function watchInterrupts(): Interrupts {
  const controller = new AbortController()
  let exitCode = 130
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCode)
    exitCode = 128 + constants.signals[signal]
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    stop() {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
