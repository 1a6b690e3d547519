import type { ServerNoteCode } from '../../protocol/admin/index.ts'
import type { EngineInfo, HeartbeatFrame, WorkerInfo } from '../../protocol/dsp/index.ts'
import type { GpuStatus } from '../../protocol/events/index.ts'

export type ServerState = 'online' | 'suspect' | 'offline' | 'draining'

/** CPU 0–1, memory in bytes, and each GPU, as the server's last heartbeat told. */
export type ServerLoad = NonNullable<HeartbeatFrame['load']>

/** Something that happened to a server, or that keeps it from taking tasks. Times are Unix milliseconds. */
export interface ServerNote {
  readonly code: ServerNoteCode
  readonly atMs: number
  /** A number, or a foreign program's own words. */
  readonly detail?: string
}

/** One GPU server the gateway knows, connected or not. */
export interface GpuServer {
  readonly serverId: string
  readonly workerId: string
  readonly name: string
  readonly state: ServerState
  /** Slots it declared; 0 while it is not connected. */
  readonly slots: number
  /** What it may run at once now: never more than its slots, fewer while it is overloaded. */
  readonly limit: number
  /** Live leases. */
  readonly held: number
  readonly taskTypes: readonly string[]
  readonly engines: readonly EngineInfo[]
  /** Kinds of tasks (`taskKinds.ts`) that one of its ready engines can do. */
  readonly kinds: readonly string[]
  /** The same of all its engines, as it last told; kept over its absences and over restarts of the gateway. */
  readonly knownKinds: readonly string[]
  /** By an operator; outlives reconnects and restarts. */
  readonly isDrained: boolean
  readonly load: ServerLoad | null
  readonly connectedSinceMs: number | null
  /** 0 when this process has not seen it yet. */
  readonly lastSeenMs: number
  /** Why it takes nothing now; empty when it does. */
  readonly reasons: readonly ServerNote[]
}

export type FleetOutcome =
  | { readonly kind: 'applied'; readonly server: GpuServer }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: 'connected' | 'running' }

export type Admission =
  | { readonly kind: 'welcome'; readonly restMs: number }
  | { readonly kind: 'later'; readonly retryAfterMs: number }
  /** A newer connection of the same worker is here already, or a newer process that calls itself the same. */
  | { readonly kind: 'replaced' }

/** What is stored of a worker. */
export type Enrolment = Pick<WorkerInfo, 'id' | 'name' | 'task_types' | 'engines'>

export interface FleetEvent {
  readonly server: GpuServer
  readonly note: ServerNote
}

/** Which workers exist, which are connected, and what they can take. `serverId`s are given once and kept. */
export interface Fleet {
  /**
   * Whether a worker that proved itself may connect now; asked right before `join`. One that connects too often has to
   * wait; `restMs` is how long it gets no tasks once it is in. A process (`bootId`) in whose place a newer one with the
   * same id has come stays out until that one is gone for a while.
   */
  admit(workerId: string, connectionId: number, bootId?: string): Admission
  /**
   * Stores a worker that is new, or has another name or other abilities, before it joins: all of one turn in one
   * transaction, where `join` would take one for each. Changes nothing for a worker that is known.
   */
  enrol(worker: Enrolment): Promise<void>
  /** Gives the worker its `GPU-00n`, the same one every time. `connectionId` fences an older socket of the same worker. */
  join(worker: WorkerInfo, connectionId: number): GpuServer
  leave(workerId: string, connectionId: number): void
  heartbeat(workerId: string, load?: ServerLoad): void
  setEngines(workerId: string, engines: readonly EngineInfo[]): void
  /** The worker's own word: forgotten when it reconnects. */
  setDraining(workerId: string, draining: boolean): void
  /** It is being turned off: takes nothing, over reconnects too, until this is taken back. Not over a restart. */
  setLeaving(workerId: string, leaving: boolean): void
  /** Leases given and ended, so that credit is known without asking the store. */
  setHeld(workerId: string, held: number): void
  /** A run ended because the server was asked for too much (`RATE_LIMITED`, `GPU_OOM`): its limit falls. */
  overloaded(workerId: string, code: string): void
  /** Something is wrong with it: nothing new before two good heartbeats. */
  distrust(workerId: string, code: ServerNoteCode): void
  /** A start of a GPU is under way: `status()` then says `starting` where it would say `offline`. */
  setStarting(starting: boolean): void

  /** An operator's drain: durable, idempotent. Running tasks end, nothing new is given. */
  drain(serverId: string): FleetOutcome
  /** The end of a drain. */
  resume(serverId: string): FleetOutcome
  /** Forgets a server that is not connected and holds no lease. It gets its old id should it ever come back. */
  remove(serverId: string): FleetOutcome

  list(): readonly GpuServer[]
  get(serverId: string): GpuServer | undefined
  /** What happened to a server, oldest first, at most the last 50. */
  history(serverId: string): readonly ServerNote[]
  status(): GpuStatus
  onChange(listener: (status: GpuStatus) => void): () => void
  /** Each change of a server's health, drain or limit, once. */
  onEvent(listener: (event: FleetEvent) => void): () => void
  /** Stops watching for missed heartbeats. */
  close(): void
}
