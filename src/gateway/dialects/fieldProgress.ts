import type { FieldProgress } from '../../protocol/http/index.ts'
import type { TaskView } from '../../protocol/task/index.ts'

/** A task in the words of a GPU server of the field, so that an old client pointed at the gateway works unchanged. */
export function fieldProgress(view: TaskView): FieldProgress {
  return {
    task_id: view.task_id,
    status: fieldStatus(view),
    progress: view.progress,
    message: view.message,
    total_frames: view.total_frames,
    current_frame: view.frame,
    // The field counts from 0; null where nothing waits.
    queue_position: view.position === null ? null : view.position - 1,
    created_at: view.created_at,
    started_at: view.started_at,
    finished_at: view.finished_at,
    error: view.error_msg ?? (view.state === 'cancelled' ? view.message : null),
  }
}

function fieldStatus(view: TaskView): FieldProgress['status'] {
  switch (view.status) {
    case 'queued':
    case 'submitted':
      return 'queued'
    case 'processing':
      if (view.stage === 'synthesize') return 'synthesizing'
      return view.stage === 'encode' || view.stage === 'upload' ? 'encoding' : 'processing'
    case 'done':
      return 'done'
    case 'error':
    case 'cancelled':
      return 'error'
  }
}
