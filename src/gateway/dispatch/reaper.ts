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
 * Ends what ran out of time, every `everyMs`. After a gap since the last good round, on the monotonic clock, live
 * leases first get grace: this process was away (suspend, SIGSTOP, a blocked loop), or nothing could be written (a full
 * disk), so that no heartbeat renewed a lease and all would run out at once.
 */
export function startReaper(deps: ReaperDeps): Reaper {
  let timer: Timer | undefined
  let goodRoundMono = deps.clock.monotonic()
  let isStopped = false
  let round: Promise<void> = Promise.resolve()

  async function runRound(): Promise<void> {
    try {
      const beganMono = await giveGrace()
      await deps.queue.reap()
      goodRoundMono = beganMono
    } catch (error) {
      deps.log.error('reaper round failed; it is tried again', { error })
    }
    if (isStopped) return
    deps.onRound()
    schedule()
  }

  /** Until no gap is left: it may stand still again while it gives grace. Answers when the round began after it. */
  async function giveGrace(): Promise<number> {
    for (let seenMono = goodRoundMono; ;) {
      const nowMono = deps.clock.monotonic()
      const gapMs = nowMono - seenMono
      seenMono = nowMono
      if (gapMs <= deps.pauseGapMs) return nowMono
      deps.log.warn('no lease could be renewed for a while; leases get grace', { gap_ms: Math.round(gapMs) })
      await deps.queue.grantGrace(deps.graceMs)
    }
  }

  function schedule(): void {
    if (isStopped) return
    timer = deps.clock.setTimer(() => {
      round = runRound()
    }, deps.everyMs)
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
