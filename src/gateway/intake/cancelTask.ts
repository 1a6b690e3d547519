import { isTerminal } from '../../protocol/task/index.ts'
import { AppError } from '../../shared/index.ts'
import { isRemoval } from '../queue/errand.ts'
import type { CancelOutcome, QueuePort } from '../queue/port.ts'

export type Cancelled = Extract<CancelOutcome, { readonly kind: 'cancelled' | 'already_cancelled' | 'cancelling' }>

/**
 * A cancel that a person asked for. Throws TASK_NOT_FOUND, ALREADY_FINISHED, and REMOVAL_NOT_CANCELLED: what was deleted
 * is to leave its servers, and nobody would make the removal again. The gateway withdraws one by itself.
 */
export async function cancelTask(
  queue: Pick<QueuePort, 'get' | 'cancel'>,
  tenant: string,
  taskId: string,
): Promise<Cancelled> {
  const task = await queue.get(tenant, taskId)
  if (task !== undefined && isRemoval(task.payload) && !isTerminal(task.state)) {
    throw new AppError('REMOVAL_NOT_CANCELLED')
  }
  const outcome = await queue.cancel(tenant, taskId)
  if (outcome.kind === 'missing') throw new AppError('TASK_NOT_FOUND')
  if (outcome.kind === 'finished') throw new AppError('ALREADY_FINISHED')
  return outcome
}
