import { HEYGEM_SUBMIT } from '../../protocol/task/index.ts'
import { allKindsOf } from '../taskKinds.ts'
import type { LeaseRequest, QueuePort } from '../queue/port.ts'

/** A worker that could take any video, to ask what waits for one; it is never given anything. */
const ANY_WORKER: LeaseRequest = {
  workerId: '',
  serverId: '',
  kinds: allKindsOf(HEYGEM_SUBMIT),
  credit: 1,
  isIdle: true,
  // So many that no tenant's share of them is used up.
  fleetSlots: 1_000_000,
}

export interface WaitingWork {
  /** Tasks of any kind and state of readiness: in line, in a back-off, or held by a pause. */
  readonly queued: number
  /** A task is ready that a GPU would run. */
  readonly isReady: boolean
}

/** What waits for a GPU; what only tidies up on one server turns no machine on. */
export async function waitingWork(queue: Pick<QueuePort, 'counts' | 'nextTenant'>): Promise<WaitingWork> {
  const { queued } = await queue.counts()
  return { queued, isReady: queued > 0 && (await queue.nextTenant(ANY_WORKER)) !== null }
}
