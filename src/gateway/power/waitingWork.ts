import { HEYGEM_SUBMIT } from '../../protocol/task/index.ts'
import type { LeaseRequest, QueuePort } from '../queue/port.ts'

/** A worker that could take any video, to ask what waits for one; it is never given anything. */
const ANY_WORKER: LeaseRequest = {
  workerId: '',
  serverId: '',
  taskTypes: [HEYGEM_SUBMIT],
  credit: 1,
  isIdle: true,
  // So many that no tenant's share of them is used up.
  fleetSlots: 1_000_000,
}

/** Whether a task is ready that a GPU would run; what only tidies up on one server turns no machine on. */
export async function hasWorkForGpu(queue: Pick<QueuePort, 'counts' | 'nextTenant'>): Promise<boolean> {
  const { queued } = await queue.counts()
  return queued > 0 && (await queue.nextTenant(ANY_WORKER)) !== null
}
