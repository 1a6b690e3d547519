import { AppError } from '../../shared/index.ts'
import type { GatewayParts } from '../parts.ts'
import type { StoredTask } from '../queue/port.ts'

/** Another tenant's task and one that never was are answered alike. Throws TASK_NOT_FOUND. */
export async function findTask(
  parts: Pick<GatewayParts, 'queue'>,
  tenant: string,
  taskId: string,
): Promise<StoredTask> {
  const task = await parts.queue.get(tenant, taskId)
  if (task === undefined) throw new AppError('TASK_NOT_FOUND')
  return task
}
