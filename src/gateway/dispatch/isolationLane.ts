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
  /** Asked since the last such task was given, and could take none of what waits: others go first. */
  readonly inVain: readonly string[]
}

export const FREE_LANE: LaneState = { workerId: null, sinceMs: 0, isRunning: false, restUntilMs: 0, inVain: [] }

/** Part of the fleet that the lane may cost everybody else in the long run. */
const LANE_SHARE = 0.2
/** Nothing could be leased though something waits (another kind of task, a worker that is away): asked again after this. */
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
  if (gotTask) return { ...lane, isRunning: true, inVain: [] }
  const inVain = lane.workerId === null ? lane.inVain : [...lane.inVain, lane.workerId]
  return { ...FREE_LANE, restUntilMs: nowMs + FRUITLESS_REST_MS, inVain }
}

function open(lane: LaneState, view: LaneView): LaneStep {
  const isResting = view.doOthersWait && view.nowMs < lane.restUntilMs
  if (view.waitingAlone === 0 || isResting) return { lane, ask: null }
  const able = view.able.filter((one) => !view.isAlone(one.workerId))
  const untried = able.filter((one) => !lane.inVain.includes(one.workerId))
  // The one that is idle soonest, and of those the one whose slots are missed least.
  const [first] = (untried.length > 0 ? untried : able).toSorted((a, b) => a.held - b.held || a.limit - b.limit)
  if (first === undefined) return { lane, ask: null }
  const inVain = untried.length > 0 ? lane.inVain : []
  const reserved = { ...lane, inVain, workerId: first.workerId, sinceMs: view.nowMs, isRunning: false }
  return { lane: reserved, ask: first.held === 0 ? first : null }
}

/** A worker of `limit` slots was kept for a while: as long as that was more than the lane's share, it rests. */
function released(lane: LaneState, view: LaneView, limit: number): LaneState {
  const share = view.fleetSlots === 0 ? 0 : limit / view.fleetSlots
  const restMs = (view.nowMs - lane.sinceMs) * Math.max(0, share / LANE_SHARE - 1)
  return { ...FREE_LANE, restUntilMs: view.nowMs + restMs }
}
