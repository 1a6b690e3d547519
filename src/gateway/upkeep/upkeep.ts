import type { Clock, Timer } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'

/** Work that is done again and again, and may be given up at any moment. */
export interface Chore {
  readonly name: string
  /** From the end of one round to the begin of the next. */
  readonly everyMs: number
  run(signal: AbortSignal): Promise<void>
}

export interface Upkeep {
  /** Ends what runs and resolves when nothing does. Idempotent. */
  stop(): Promise<void>
}

/** Does each chore in rounds of its own. A round that fails is logged, and tried again in its turn. */
export function startUpkeep(chores: readonly Chore[], deps: { readonly clock: Clock; readonly log: Logger }): Upkeep {
  const stopping = new AbortController()
  const timers = new Map<Chore, Timer>()
  const running = new Set<Promise<void>>()

  const round = (chore: Chore): void => {
    const work = chore
      .run(stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) deps.log.error('a chore failed; it is tried again', { chore: chore.name, error })
      })
      .finally(() => {
        running.delete(work)
        schedule(chore)
      })
    running.add(work)
  }
  const schedule = (chore: Chore): void => {
    if (stopping.signal.aborted) return
    const timer = deps.clock.setTimer(() => {
      round(chore)
    }, chore.everyMs)
    timers.set(chore, timer)
  }
  for (const chore of chores) schedule(chore)

  return {
    async stop() {
      stopping.abort()
      for (const timer of timers.values()) timer.cancel()
      await Promise.all(running)
    },
  }
}
