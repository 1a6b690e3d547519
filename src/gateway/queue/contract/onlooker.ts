import type { LeaseRef } from '../../../protocol/dsp/index.ts'
import type { QueueAdmin } from '../adminPort.ts'
import type { QueuePort, StoredTask } from '../port.ts'
import type { QueueUnderTest } from './fixture.ts'

/** What an onlooker remembers: every lease ever given, and what was last seen of each task. */
export interface Model {
  readonly leases: { readonly ref: LeaseRef; readonly worker: string }[]
  readonly seen: Map<string, StoredTask>
  /** `task/epoch` of every result that was stored. */
  readonly settledOk: string[]
  /** What a client of each tenant knows that reads nothing but events. */
  readonly clients: ReadonlyMap<string, EventClient>
  /** Places are measured, not counted. */
  readonly isMeasured: boolean
}

export interface EventClient {
  cursor: string | null
  /** Version of each task it was told of. */
  readonly versions: Map<string, number>
}

/** The queue may be closed and opened again on the way. */
export interface Real extends Omit<QueueUnderTest, 'queue'> {
  queue: QueuePort & QueueAdmin
}

export function newModel(tenants: readonly string[], isMeasured: boolean): Model {
  const clients = new Map(tenants.map((tenant) => [tenant, { cursor: null, versions: new Map<string, number>() }]))
  return { leases: [], seen: new Map(), settledOk: [], clients, isMeasured }
}
