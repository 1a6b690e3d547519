import type { Clock, Timer } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { QueuePort } from '../queue/port.ts'

export interface ReaperDeps {
  readonly queue: Pick<QueuePort, 'reap' | 'grantGrace'>
  readonly clock: Clock
  readonly log: Logger
  readonly everyMs: number
  readonly pauseGapMs: number
  readonly graceMs: number
  /** After each round: back-offs may be over. */
  readonly onRound: () => void
}

export interface Reaper {
  stop(): Promise<void>
}

/**
 * Ends what ran out of time, every `everyMs`. After a gap on the monotonic clock (suspend, SIGSTOP, a blocked loop)
 * this process itself was away, so live leases first get grace: otherwise all would run out at once.
 */
export function startReaper(deps: ReaperDeps): Reaper {
  let timer: Timer | undefined
  let lastRoundMono = deps.clock.monotonic()
  let isStopped = false
  let round: Promise<void> = Promise.resolve()

  function gapNow(): number {
    const gapMs = deps.clock.monotonic() - lastRoundMono
    lastRoundMono += gapMs
    return gapMs
  }

  async function runRound(): Promise<void> {
    // It may stand still again while it gives grace.
    for (let gapMs = gapNow(); gapMs > deps.pauseGapMs; gapMs = gapNow()) {
      deps.log.warn('this process stood still; leases get grace', { gap_ms: Math.round(gapMs) })
      await attempt(() => deps.queue.grantGrace(deps.graceMs))
    }
    await attempt(() => deps.queue.reap())
    if (isStopped) return
    deps.onRound()
    schedule()
  }

  function schedule(): void {
    if (isStopped) return
    timer = deps.clock.setTimer(() => {
      round = runRound()
    }, deps.everyMs)
  }

  async function attempt(step: () => Promise<unknown>): Promise<void> {
    try {
      await step()
    } catch (error) {
      deps.log.error('reaper round failed; it is tried again', { error })
    }
  }

  schedule()
  return {
    async stop() {
      isStopped = true
      timer?.cancel()
      await round
    },
  }
}
