import type { Violation } from '../auditor/evidence.ts'
import type { Random } from '../rig/random.ts'
import type { World, WorldOptions } from '../rig/world.ts'

export const COLUMNS = ['commit', 'night', 'release'] as const

export type Column = (typeof COLUMNS)[number]

/** One go: everything random in it comes from `random`. */
export interface Trial {
  /** '' where the fault has no variants. */
  readonly variant: string
  readonly index: number
  readonly random: Random
  /** Closed after the trial; its folder is kept where an invariant did not hold. */
  openWorld(options?: Omit<WorldOptions, 'random'>): Promise<World>
}

/** One fault of the catalogue. */
export interface FaultCase {
  /** As in the catalogue: `F01`. */
  readonly id: string
  readonly title: string
  /** How many trials, of each variant where there are any. */
  readonly trials: Readonly<Record<Column, number>>
  readonly variants?: readonly string[]
  /** Trials in `npm test`, over all variants; default 1. */
  readonly sample?: number
  /** Why it cannot run on this machine. */
  missing?(): string | undefined
  /** Answers what did not hold. Throws `NotReached` when the fault did not happen in this go. */
  run(trial: Trial): Promise<readonly Violation[]>
  /** Runs all trials in one piece instead; `run` is not called then. */
  runAll?(trials: number, seed: string): Promise<readonly Violation[]>
}

/** The schedule did not get to the fault: such a trial proves nothing, and is counted as not run. */
export class NotReached extends Error {}
