import type { Job } from '../../protocol/dsp/index.ts'
import type { PoolFile } from '../../protocol/files/index.ts'
import { HTTP_ROUTES } from '../../protocol/http/index.ts'
import type { Auth } from '../auth/port.ts'
import { isRemoval } from '../queue/errand.ts'
import type { Lease, TaskPayload } from '../queue/port.ts'

/** A lease as the worker is told it: what to fetch, what to do, where to put the output. */
export function jobOf(lease: Lease, auth: Auth, leaseMs: number): Job {
  const { task, token } = lease
  return {
    version: '1.0',
    task_id: task.id,
    epoch: task.epoch,
    token,
    task_type: task.taskType,
    request_id: task.requestId,
    lease_ms: leaseMs,
    ...workOf(task.payload),
    capability: auth.issueCapability({ taskId: task.id, epoch: task.epoch, tenant: task.tenant }),
    upload_url: HTTP_ROUTES.workerUploads,
    key: task.tenant,
  }
}

function workOf(payload: TaskPayload): Pick<Job, 'inputs' | 'options' | 'remove'> {
  if (isRemoval(payload)) return { inputs: [], options: {}, remove: [...payload.files] }
  const { audio, video, options } = payload
  return {
    inputs: [
      { role: 'audio', ...audio, url: inputUrl(audio) },
      { role: 'video', ...video, url: inputUrl(video) },
    ],
    options,
  }
}

function inputUrl(file: PoolFile): string {
  return `${HTTP_ROUTES.workerPool}/${file.md5}${file.ext}`
}
