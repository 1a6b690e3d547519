import type { StrategyName } from '../../protocol/admin/index.ts'

/** One server during a pass. `free` and `held` are counted on as the pass gives it tasks. */
export interface Candidate {
  /** Of the server: 7 of `GPU-007`. */
  readonly number: number
  readonly serverId: string
  readonly workerId: string
  /** Kinds of tasks it may be given; to forget files is none. */
  readonly kinds: readonly string[]
  readonly forgetsFiles: boolean
  /** What it may run at once. */
  readonly limit: number
  /** Runs. */
  held: number
  /** Files it is forgetting, which fill no slot. */
  readonly removals: number
  free: number
}

export interface Turn {
  /** Of the server that got the last task; 0 at first. */
  readonly lastNumber: number
  /** The worker that ran this tenant's last task and has its inputs; null when that is unknown or does not matter. */
  readonly homeWorkerId: string | null
}

/**
 * Chooses who is offered the next task: one of `candidates`, which stand in the order of their servers and all have
 * room. Pure; undefined only when there are none.
 */
export type Strategy = (candidates: readonly Candidate[], turn: Turn) => Candidate | undefined

/** Each server in turn, by number, beginning after the one that got the last task. */
export const roundRobin: Strategy = (candidates, { lastNumber }) =>
  candidates.find((one) => one.number > lastNumber) ?? candidates[0]

/** The server with the smallest part of its limit in use; among equals, in turn. */
export const leastBusy: Strategy = (candidates, turn) => {
  const least = candidates.reduce((share, one) => Math.min(share, busyShare(one)), Infinity)
  return roundRobin(
    candidates.filter((one) => busyShare(one) === least),
    turn,
  )
}

/** The server that has this tenant's inputs from before, as long as it has room; else the least busy. */
export const sticky: Strategy = (candidates, turn) =>
  candidates.find((one) => one.workerId === turn.homeWorkerId) ?? leastBusy(candidates, turn)

export const STRATEGY: Readonly<Record<StrategyName, Strategy>> = {
  'round-robin': roundRobin,
  'least-busy': leastBusy,
  sticky,
}

/** `GPU-007` → 7. */
export function serverNumber(serverId: string): number {
  return Number(serverId.slice(serverId.indexOf('-') + 1))
}

function busyShare({ held, limit }: Candidate): number {
  return held / limit
}
