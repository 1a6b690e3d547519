import type { LeaseRef } from '../../../protocol/dsp/index.ts'
import type { TaskRow } from './taskRow.ts'

/** `newest` it is the task's last lease, and this worker's · `older` another came since · `foreign` never given to it. */
export type Fenced = 'newest' | 'older' | 'foreign'

/** How the lease that a worker names stands to its task: only the newest one may write. Pure. */
export function fence(row: Pick<TaskRow, 'epoch' | 'token' | 'worker'>, ref: LeaseRef, workerId: string): Fenced {
  if (ref.epoch > row.epoch) return 'foreign'
  if (ref.epoch < row.epoch || ref.token !== row.token) return 'older'
  return row.worker === workerId ? 'newest' : 'foreign'
}
