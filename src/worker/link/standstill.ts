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
 * Notices that this process did not run for a while: then others may have its tasks, and it has to ask before it says
 * anything. After SIGSTOP the monotonic clock tells; on a suspended Linux it stands still too, and the wall clock tells.
 * `onGap` is called from the timer, which runs before whatever the sockets bring.
 */
export function createStandstill(clock: Clock, onGap: (gapMs: number) => void): Standstill {
  let limitMs = Number.POSITIVE_INFINITY
  let alive = { mono: clock.monotonic(), wall: clock.now() }
  let timer: Timer | undefined

  const gapMs = (): number => Math.max(clock.monotonic() - alive.mono, clock.now() - alive.wall)
  const live = (): void => {
    alive = { mono: clock.monotonic(), wall: clock.now() }
  }
  const look = (): void => {
    const gap = gapMs()
    if (gap > limitMs) {
      onGap(gap)
      return
    }
    live()
    timer = clock.setTimer(look, limitMs / LOOKS_PER_LIMIT)
  }

  return {
    begin(nextLimitMs) {
      timer?.cancel()
      limitMs = nextLimitMs
      live()
      timer = clock.setTimer(look, limitMs / LOOKS_PER_LIMIT)
    },
    hasHappened: () => gapMs() > limitMs,
    stop() {
      timer?.cancel()
      limitMs = Number.POSITIVE_INFINITY
    },
  }
}
