import { DELETE_ASSET } from '../../protocol/task/index.ts'
import type { GpuServer } from '../fleet/port.ts'
import { takesTasks } from '../fleet/takesTasks.ts'
import { typeOfKind } from '../taskKinds.ts'
import type { HeldCounts } from './heldLeases.ts'
import { serverNumber } from './strategy.ts'
import type { Candidate } from './strategy.ts'

/** What dispatch itself knows of a worker, beside the fleet. */
export interface RosterView {
  isLinked(workerId: string): boolean
  /** It rejected or ignored a job a moment ago, or came too often. */
  isResting(workerId: string): boolean
  /** Kinds of tasks that this server can do, as far as is known here. */
  kindsOf(server: GpuServer): readonly string[]
  /** Kinds of these types that none of the servers can do: whoever has room takes them, to be told so. */
  undoable(taskTypes: ReadonlySet<string>, servers: readonly GpuServer[]): readonly string[]
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
  const runs = new Set(servers.flatMap(({ taskTypes }) => taskTypes.filter(isRun)))
  const undoable = view.undoable(runs, servers)
  let fleetSlots = 0
  for (const server of servers) {
    if (server.state !== 'online') continue
    if (!view.isLinked(server.workerId) || view.isResting(server.workerId)) continue
    const candidate = candidateOf(server, view, undoable)
    reachable.push(candidate)
    if (!takesTasks(server)) continue
    able.push(candidate)
    fleetSlots += server.limit
  }
  return { able: able.sort(byServer), reachable, fleetSlots }
}

function candidateOf(server: GpuServer, view: RosterView, undoable: readonly string[]): Candidate {
  const { serverId, workerId, limit } = server
  const { runs, removals } = view.held(workerId)
  const free = view.isAlone(workerId) ? 0 : Math.max(0, limit - runs)
  return {
    ...{ number: serverNumber(serverId), serverId, workerId, limit, held: runs, removals, free },
    kinds: [...view.kindsOf(server).filter((kind) => isRun(typeOfKind(kind))), ...undoable],
    forgetsFiles: server.taskTypes.includes(DELETE_ASSET),
  }
}

function isRun(taskType: string): boolean {
  return taskType !== DELETE_ASSET
}

function byServer(a: Candidate, b: Candidate): number {
  return a.number - b.number
}
