import type { GpuServer } from '../fleet/port.ts'
import { isThere } from './serverStates.ts'

/** What is known when it is decided whether a server is to be turned on. */
export interface StartSituation {
  readonly servers: readonly GpuServer[]
  /** A task is ready that any GPU server could take. */
  readonly hasWork: boolean
  readonly isStarting: boolean
  /** Not before this time, after a call or a failure. */
  readonly notBeforeMono: number
  readonly nowMono: number
  /** It is being turned off: nothing to count on, and not to be turned on before it is off. */
  readonly isStopping: (serverId: string) => boolean
  /** Calls and starts of that server in a row that led nowhere. */
  readonly failuresOf: (serverId: string | null) => number
}

/** Which server to turn on; null = the hook's own choice, undefined = none now. */
export function serverToStart(situation: StartSituation): string | null | undefined {
  const { servers, hasWork, isStarting, notBeforeMono, nowMono, isStopping, failuresOf } = situation
  if (!hasWork || isStarting || nowMono < notBeforeMono) return undefined
  // One that is there, but busy, suspect or without a ready engine, is not helped by more power.
  if (isServed(servers, isStopping)) return undefined
  if (servers.length === 0) return null
  const [first] = servers
    .filter((server) => !isThere(server) && !server.isDrained && !isStopping(server.serverId))
    .toSorted((a, b) => failuresOf(a.serverId) - failuresOf(b.serverId) || byNumber(a, b))
  return first?.serverId
}

/** Somebody is connected who takes work, or will by himself: neither drained by an operator nor being turned off. */
export function isServed(servers: readonly GpuServer[], isStopping: StartSituation['isStopping']): boolean {
  return servers.some((server) => isThere(server) && !server.isDrained && !isStopping(server.serverId))
}

/** None is known yet, or one that is off, or silent, could come by itself or be turned on. */
export function mayAnyCome(servers: readonly GpuServer[], isStopping: StartSituation['isStopping']): boolean {
  const isAway = ({ state }: GpuServer): boolean => state === 'offline' || state === 'suspect'
  return servers.length === 0 || servers.some((one) => isAway(one) && !one.isDrained && !isStopping(one.serverId))
}

/** Servers that have had nothing to do for `idleMs`. An operator's drain is the operator's own business. */
export function serversToStop(situation: {
  readonly servers: readonly GpuServer[]
  readonly idleMs: number | null
  readonly idleSinceMono: ReadonlyMap<string, number>
  readonly nowMono: number
}): readonly string[] {
  const { servers, idleMs, idleSinceMono, nowMono } = situation
  if (idleMs === null) return []
  return servers
    .filter((server) => isIdle(server) && nowMono - (idleSinceMono.get(server.serverId) ?? nowMono) >= idleMs)
    .map((server) => server.serverId)
}

export function isIdle(server: GpuServer): boolean {
  return server.state === 'online' && server.held === 0 && !server.isDrained
}

function byNumber(a: GpuServer, b: GpuServer): number {
  return a.serverId.localeCompare(b.serverId, 'en', { numeric: true })
}
