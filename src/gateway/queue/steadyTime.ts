import type { Clock } from '../../shared/index.ts'

/** What is written down of the time, so that the next start can go on from there. */
export interface SteadyNow {
  /** Wall clock: what people are shown. */
  readonly wallMs: number
  /** Time that really went by, on a scale that began with the wall clock of the first start: all deadlines. */
  readonly steadyMs: number
}

/** The times a transition needs. */
export interface Now extends SteadyNow {
  /** Steady time without the pauses of the queue: how long tasks may wait is measured by it. */
  readonly waitMs: number
}

/**
 * Where the steady scale stands at a start. A wrong wall clock cannot be told from a long stop, so a stop counts at
 * most `downtimeCountsMs`, and a clock that went back counts nothing: a jump while the gateway is down ends no wait.
 */
export function steadyAtStart(wallMs: number, before: SteadyNow | undefined, downtimeCountsMs: number): number {
  if (before === undefined) return wallMs
  return before.steadyMs + Math.min(downtimeCountsMs, Math.max(0, wallMs - before.wallMs))
}

/** Reads both times; from the start on the steady one follows the monotonic clock alone. */
export function createSteadyTime(clock: Clock, startMs: number): () => SteadyNow {
  const anchorMs = startMs - clock.monotonic()
  return () => ({ wallMs: clock.now(), steadyMs: Math.round(anchorMs + clock.monotonic()) })
}
