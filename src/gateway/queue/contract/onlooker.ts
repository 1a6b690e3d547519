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
}

/** The queue may be closed and opened again on the way. */
export interface Real extends Omit<QueueUnderTest, 'queue'> {
  queue: QueuePort & QueueAdmin
}
