import type { RecordProgress, TimelineStep } from '../../protocol/studio/index.ts'
import type { TaskProgress } from '../../protocol/task/index.ts'
import { stepOf } from './timeline.ts'

/** A step of which nothing is known but that it runs. */
function bareProgress(step: TimelineStep): RecordProgress {
  return {
    step,
    fraction: null,
    bytesDone: null,
    bytesTotal: null,
    bytesPerSecond: null,
    frame: null,
    totalFrames: null,
    secondsLeft: null,
    resumedFromBytes: null,
  }
}

/** Progress of a step that moves bytes; the time left follows from the rate, where there is one. */
export function byteProgress(
  step: TimelineStep,
  bytes: {
    readonly done: number
    readonly total: number
    readonly perSecond: number | null
    readonly resumedFrom?: number
  },
): RecordProgress {
  const left = Math.max(0, bytes.total - bytes.done)
  return {
    ...bareProgress(step),
    fraction: bytes.total === 0 ? 1 : Math.min(1, bytes.done / bytes.total),
    bytesDone: bytes.done,
    bytesTotal: bytes.total,
    bytesPerSecond: bytes.perSecond,
    secondsLeft: bytes.perSecond === null || bytes.perSecond < 1 ? null : left / bytes.perSecond,
    resumedFromBytes: bytes.resumedFrom === undefined || bytes.resumedFrom === 0 ? null : bytes.resumedFrom,
  }
}

/** A run's progress as the gateway tells it. */
export function runProgress(task: Omit<TaskProgress, 'task_id' | 'version'>): RecordProgress {
  return {
    ...bareProgress(stepOf('running', task.stage) ?? 'inputs'),
    fraction: task.progress === null ? null : task.progress / 100,
    frame: task.frame,
    totalFrames: task.total_frames,
  }
}
