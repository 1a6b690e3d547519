import type { Candidate } from './strategy.ts'

/**
 * Tasks under which a worker vanished run alone: on a worker that runs nothing else. Under load no worker with several
 * slots is ever idle, so one at a time is reserved: it gets nothing until its runs have ended, then one such task.
 * What that costs the others is paid back by a rest, so that in the long run it costs them no more than `LANE_SHARE` of the fleet.
 */
export interface LaneState {
  readonly workerId: string | null
  /** Since when the worker is kept for the lane. Monotonic. */
  readonly sinceMs: number
  /** It got its task; until that has ended it is the lane's. */
  readonly isRunning: boolean
  readonly restUntilMs: number
}

export const FREE_LANE: LaneState = { workerId: null, sinceMs: 0, isRunning: false, restUntilMs: 0 }

/** Part of the fleet that the lane may cost everybody else in the long run. */
const LANE_SHARE = 0.2
/** Nothing could be leased though something waits (another task type, a worker that is away): asked again after this. */
const FRUITLESS_REST_MS = 5_000

export interface LaneView {
  readonly nowMs: number
  /** Tasks ready that must run alone. */
  readonly waitingAlone: number
  /** Whether anybody else waits whom the lane could hold up. */
  readonly doOthersWait: boolean
  readonly able: readonly Candidate[]
  readonly fleetSlots: number
  isAlone(workerId: string): boolean
}

export interface LaneStep {
  readonly lane: LaneState
  /** To be asked for a task that runs alone, now. */
  readonly ask: Candidate | null
}

/** What the lane does in this pass. Pure. */
export function stepLane(lane: LaneState, view: LaneView): LaneStep {
  const kept = lane.workerId === null ? undefined : view.able.find((one) => one.workerId === lane.workerId)
  if (kept === undefined) return lane.workerId === null ? open(lane, view) : open(released(lane, view, 0), view)
  if (view.isAlone(kept.workerId)) return { lane: { ...lane, isRunning: true }, ask: null }
  if (lane.isRunning) return open(released(lane, view, kept.limit), view)
  if (view.waitingAlone === 0) return { lane: released(lane, view, kept.limit), ask: null }
  return { lane, ask: kept.held === 0 ? kept : null }
}

/** After the asking: the task is there, or there was none for this worker. */
export function askedLane(lane: LaneState, gotTask: boolean, nowMs: number): LaneState {
  return gotTask ? { ...lane, isRunning: true } : { ...FREE_LANE, restUntilMs: nowMs + FRUITLESS_REST_MS }
}

function open(lane: LaneState, view: LaneView): LaneStep {
  const isResting = view.doOthersWait && view.nowMs < lane.restUntilMs
  if (view.waitingAlone === 0 || isResting) return { lane, ask: null }
  // The one that is idle soonest, and of those the one whose slots are missed least.
  const [first] = view.able
    .filter((one) => !view.isAlone(one.workerId))
    .toSorted((a, b) => a.held - b.held || a.limit - b.limit)
  if (first === undefined) return { lane, ask: null }
  const reserved = { ...lane, workerId: first.workerId, sinceMs: view.nowMs, isRunning: false }
  return { lane: reserved, ask: first.held === 0 ? first : null }
}

/** A worker of `limit` slots was kept for a while: as long as that was more than the lane's share, it rests. */
function released(lane: LaneState, view: LaneView, limit: number): LaneState {
  const share = view.fleetSlots === 0 ? 0 : limit / view.fleetSlots
  const restMs = (view.nowMs - lane.sinceMs) * Math.max(0, share / LANE_SHARE - 1)
  return { ...FREE_LANE, restUntilMs: view.nowMs + restMs }
}
