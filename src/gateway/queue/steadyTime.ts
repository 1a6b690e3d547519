import type { Clock } from '../../shared/index.ts'

/** The two times a transition needs. */
export interface Now {
  /** Wall clock: what people are shown. */
  readonly wallMs: number
  /** Wall clock of the start plus what has really gone by since: deadlines do not jump with the wall clock. */
  readonly steadyMs: number
}

/** Reads both times; the anchor is taken once, when the gateway starts. */
export function createSteadyTime(clock: Clock): () => Now {
  const anchorMs = clock.now() - clock.monotonic()
  return () => ({ wallMs: clock.now(), steadyMs: Math.round(anchorMs + clock.monotonic()) })
}
