import type { LeaseRef } from '../../protocol/dsp/index.ts'
import { LEASED_STATES } from '../../protocol/task/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import type { QueueAdmin } from './adminPort.ts'
import type { QueuePort, StoredTask } from './port.ts'
import { forgetOldLeases, hasOldLeases } from '../store/restoredState.ts'

export type LeasesOfQueue = Pick<QueueAdmin, 'listAll'> & Pick<QueuePort, 'leaseHolder' | 'release' | 'settle'>

const PAGE = 100

/**
 * After a restore, before anybody connects: what ran at the time of the backup ended in the lost time, one way or the
 * other, and its worker may have forgotten it. It waits again, without an attempt or a stall counted; what was to be
 * cancelled is. Does nothing when there was no restore.
 */
export async function giveUpOldLeases(db: Database, queue: LeasesOfQueue, log: Logger): Promise<void> {
  if (!hasOldLeases(db)) return
  let givenUp = 0
  let cursor: string | null = null
  do {
    const page = await queue.listAll({ states: LEASED_STATES, limit: PAGE, ...(cursor === null ? {} : { cursor }) })
    for (const task of page.tasks) if (await giveUp(queue, task)) givenUp += 1
    cursor = page.cursor
  } while (cursor !== null)
  forgetOldLeases(db)
  log.warn('what ran at the time of the backup waits again', { tasks: givenUp })
}

async function giveUp(queue: LeasesOfQueue, { id, state, epoch, workerId }: StoredTask): Promise<boolean> {
  const token = (await queue.leaseHolder(id))?.token ?? null
  if (token === null || workerId === null) return false
  const ref: LeaseRef = { task_id: id, epoch, token }
  if (state === 'leased') return (await queue.release(ref, workerId)) === 'applied'
  const settled = await queue.settle(
    ref,
    workerId,
    state === 'cancelling'
      ? { kind: 'cancelled' }
      : { kind: 'failed', failure: { code: 'WORKER_LOST' }, retryable: true },
  )
  return settled === 'ok'
}
