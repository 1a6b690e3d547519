import type { GpuServer } from '../fleet/port.ts'
import { serverNumber } from './strategy.ts'
import type { Candidate } from './strategy.ts'

/** What dispatch itself knows of a worker, beside the fleet. */
export interface RosterView {
  isLinked(workerId: string): boolean
  /** It rejected or ignored a job a moment ago, or came too often. */
  isResting(workerId: string): boolean
  /** Live leases. */
  held(workerId: string): number
  /** It runs a task that must run alone. */
  isAlone(workerId: string): boolean
}

/** Who can be given something in a pass, and what all servers online can run at once. */
export interface Roster {
  /** Online, ready and connected, in the order of their servers; also those without room. */
  readonly able: readonly Candidate[]
  /** Connected and online though perhaps not ready: may be told to forget files. */
  readonly reachable: readonly Candidate[]
  readonly fleetSlots: number
}

/** Pure but for the view: built once a pass. */
export function rosterOf(servers: readonly GpuServer[], view: RosterView): Roster {
  const reachable: Candidate[] = []
  const able: Candidate[] = []
  let fleetSlots = 0
  for (const server of servers) {
    if (server.state !== 'online') continue
    fleetSlots += server.limit
    if (!view.isLinked(server.workerId) || view.isResting(server.workerId)) continue
    const candidate = candidateOf(server, view)
    reachable.push(candidate)
    if (server.reasons.length === 0) able.push(candidate)
  }
  return { able: able.sort(byServer), reachable, fleetSlots }
}

function candidateOf(server: GpuServer, view: RosterView): Candidate {
  const { serverId, workerId, taskTypes, limit } = server
  const held = view.held(workerId)
  const free = view.isAlone(workerId) ? 0 : Math.max(0, limit - held)
  return { number: serverNumber(serverId), serverId, workerId, taskTypes, limit, held, free }
}

function byServer(a: Candidate, b: Candidate): number {
  return a.number - b.number
}
