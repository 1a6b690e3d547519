import type { GpuStatus } from '../../protocol/events/index.ts'
import type { EngineInfo, WorkerInfo } from '../../protocol/dsp/index.ts'

export type ServerState = 'online' | 'suspect' | 'offline' | 'draining'

/** One GPU server the gateway knows, connected or not. */
export interface GpuServer {
  readonly serverId: string
  readonly workerId: string
  readonly name: string
  readonly state: ServerState
  readonly slots: number
  /** Live leases. */
  readonly held: number
  readonly engines: readonly EngineInfo[]
  readonly lastSeenMs: number
}

/** Which workers exist, which are connected, and what they can take. `serverId`s are given once and kept. */
export interface Fleet {
  /** Gives the worker its `GPU-00n`, the same one every time. `connectionId` fences an older socket of the same worker. */
  join(worker: WorkerInfo, connectionId: number): GpuServer
  leave(workerId: string, connectionId: number): void
  heartbeat(workerId: string): void
  setEngines(workerId: string, engines: readonly EngineInfo[]): void
  setDraining(workerId: string, draining: boolean): void
  /** Leases given and ended, so that credit is known without asking the store. */
  setHeld(workerId: string, held: number): void
  list(): readonly GpuServer[]
  status(): GpuStatus
  onChange(listener: (status: GpuStatus) => void): () => void
  /** Stops watching for missed heartbeats. */
  close(): void
}
