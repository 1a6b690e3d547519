import { DELETE_ASSET } from '../../protocol/task/index.ts'
import type { GpuServer } from '../fleet/port.ts'
import { takesTasks } from '../fleet/takesTasks.ts'
import type { HeldCounts } from './heldLeases.ts'
import { serverNumber } from './strategy.ts'
import type { Candidate } from './strategy.ts'

/** What dispatch itself knows of a worker, beside the fleet. */
export interface RosterView {
  isLinked(workerId: string): boolean
  /** It rejected or ignored a job a moment ago, or came too often. */
  isResting(workerId: string): boolean
  /** Live leases. */
  held(workerId: string): HeldCounts
  /** It runs a task that must run alone. */
  isAlone(workerId: string): boolean
}

/** Who can be given something in a pass. */
export interface Roster {
  /** Online, ready and connected, in the order of their servers; also those without room. */
  readonly able: readonly Candidate[]
  /** Connected and online though perhaps not ready: may be told to forget files. */
  readonly reachable: readonly Candidate[]
  /** What the able ones can run at once: a slot that nobody can use is no reason to give a tenant more of the others. */
  readonly fleetSlots: number
}

/** Pure but for the view: built once a pass. */
export function rosterOf(servers: readonly GpuServer[], view: RosterView): Roster {
  const reachable: Candidate[] = []
  const able: Candidate[] = []
  let fleetSlots = 0
  for (const server of servers) {
    if (server.state !== 'online') continue
    if (!view.isLinked(server.workerId) || view.isResting(server.workerId)) continue
    const candidate = candidateOf(server, view)
    reachable.push(candidate)
    if (!takesTasks(server)) continue
    able.push(candidate)
    fleetSlots += server.limit
  }
  return { able: able.sort(byServer), reachable, fleetSlots }
}

function candidateOf(server: GpuServer, view: RosterView): Candidate {
  const { serverId, workerId, limit } = server
  const { runs, removals } = view.held(workerId)
  const free = view.isAlone(workerId) ? 0 : Math.max(0, limit - runs)
  return {
    ...{ number: serverNumber(serverId), serverId, workerId, limit, held: runs, removals, free },
    taskTypes: server.taskTypes.filter((type) => type !== DELETE_ASSET),
    forgetsFiles: server.taskTypes.includes(DELETE_ASSET),
  }
}

function byServer(a: Candidate, b: Candidate): number {
  return a.number - b.number
}
