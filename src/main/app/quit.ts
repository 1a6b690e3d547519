import type { Clock } from '../../shared/index.ts'

/** A little under the ten seconds people are promised. */
export const QUIT_DEADLINE_MS = 9_500

export interface QuitDeps {
  /** Ends everything, politely. */
  readonly stop: () => Promise<void>
  /** Ends the process; what still runs dies with it. */
  readonly exit: () => void
  readonly clock: Clock
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

/** Handles `before-quit`: the first one begins to stop, and the process ends when all is stopped or time is up. */
export function createQuit({ stop, exit, clock, log }: QuitDeps): (event: { preventDefault(): void }) => void {
  let isStopping = false
  let hasEnded = false
  const end = (): void => {
    if (hasEnded) return
    hasEnded = true
    exit()
  }
  const stopAll = async (): Promise<void> => {
    const timer = clock.setTimer(() => {
      log('quit.late', { afterMs: QUIT_DEADLINE_MS })
      end()
    }, QUIT_DEADLINE_MS)
    try {
      await stop()
    } catch (error) {
      log('quit.failed', { error })
    }
    timer.cancel()
    end()
  }
  return (event) => {
    event.preventDefault()
    if (isStopping) return
    isStopping = true
    void stopAll()
  }
}
