import type { AdminTask } from '../../protocol/admin/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { TaskViews } from '../dialects/index.ts'
import { isRemoval } from '../queue/errand.ts'
import type { StoredTask } from '../queue/port.ts'

/** One task for an operator. The tenant's path to the result is left out: the admin token does not open it. */
export async function adminTask(
  views: Pick<TaskViews, 'of'>,
  task: StoredTask,
  language: Language,
): Promise<AdminTask> {
  const { result_url: _path, ...view } = await views.of(task, language)
  return {
    ...view,
    tenant: task.tenant,
    priority: task.priority,
    worker_id: task.workerId,
    stalls: task.stalls,
    target_worker: task.targetWorker,
    not_before: task.state === 'queued' && task.notBeforeMs > 0 ? task.notBeforeMs / 1000 : null,
    lease_until: seconds(task.leaseUntilMs),
    late_output: task.lateOutput,
    error_detail: task.failure?.detail ?? null,
    inputs: inputsOf(task),
  }
}

function inputsOf({ payload }: StoredTask): AdminTask['inputs'] {
  const files = isRemoval(payload)
    ? payload.files.map((file) => ({ role: 'removed', file }))
    : (['video', 'audio'] as const).map((role) => ({ role, file: payload[role] }))
  return files.map(({ role, file: { md5, ext, size } }) => ({ role, md5, ext, size }))
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
