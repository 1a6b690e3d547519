import type { Clock, Timer } from '../../shared/index.ts'

export interface Standstill {
  /** After a registration. `limitMs`: how long this process may stand still before its leases are in doubt. */
  begin(limitMs: number): void
  /** Whether it stood still for longer since the last look; looks at the clock, not at a timer that may be late too. */
  hasHappened(): boolean
  stop(): void
}

const LOOKS_PER_LIMIT = 4

/**
 * Notices that this process did not run for a while (SIGSTOP, a suspended machine): then others may have its tasks, and
 * it has to ask before it says anything. `onGap` is called from the timer, which runs before whatever the sockets bring.
 */
export function createStandstill(clock: Clock, onGap: (gapMs: number) => void): Standstill {
  let limitMs = Number.POSITIVE_INFINITY
  let aliveAtMono = clock.monotonic()
  let timer: Timer | undefined

  const gapMs = (): number => clock.monotonic() - aliveAtMono
  const look = (): void => {
    const gap = gapMs()
    if (gap > limitMs) {
      onGap(gap)
      return
    }
    aliveAtMono = clock.monotonic()
    timer = clock.setTimer(look, limitMs / LOOKS_PER_LIMIT)
  }

  return {
    begin(nextLimitMs) {
      timer?.cancel()
      limitMs = nextLimitMs
      aliveAtMono = clock.monotonic()
      timer = clock.setTimer(look, limitMs / LOOKS_PER_LIMIT)
    },
    hasHappened: () => gapMs() > limitMs,
    stop() {
      timer?.cancel()
      limitMs = Number.POSITIVE_INFINITY
    },
  }
}
