import { PRIORITY_CLASSES } from '../../protocol/task/index.ts'
import type { TaskOutput, TaskState } from '../../protocol/task/index.ts'
import type { StoredTask, TaskFailure, TaskPayload } from './port.ts'
import type { RunProgress } from './progressBoard.ts'

/** The columns that a transition may change. */
export interface MutableColumns {
  readonly state: TaskState
  readonly epoch: number
  readonly settled_epoch: number
  readonly token: string | null
  readonly worker: string | null
  readonly server: string | null
  readonly lease_until: number | null
  readonly deadline: number | null
  /** Until when it may wait in the queue. */
  readonly expires: number
  readonly not_before: number
  readonly attempts: number
  readonly stalls: number
  readonly engine: string | null
  readonly output: string | null
  readonly failure: string | null
  readonly started: number | null
  readonly finished: number | null
}

/** One row of `task`, as SQLite gives it. */
export interface TaskRow extends MutableColumns {
  readonly seq: number
  readonly id: string
  readonly tenant: string
  readonly request_id: string
  readonly digest: string
  readonly type: string
  readonly class: number
  readonly vtag: number
  readonly version: number
  readonly payload: string
  readonly retry_of: string | null
  readonly target_worker: string | null
  readonly voice_ms: number | null
  readonly created: number
}

/** The row as the rest of the gateway sees it; its JSON columns were written by this part and are trusted. */
export function toStoredTask(row: TaskRow, progress: RunProgress | undefined): StoredTask {
  return {
    id: row.id,
    tenant: row.tenant,
    requestId: row.request_id,
    taskType: row.type,
    priority: PRIORITY_CLASSES[row.class] ?? 'normal',
    state: row.state,
    epoch: row.epoch,
    workerId: row.worker,
    serverId: row.server,
    leaseUntilMs: row.lease_until,
    notBeforeMs: row.not_before,
    attempts: row.attempts,
    stalls: row.stalls,
    version: row.version,
    payload: JSON.parse(row.payload) as TaskPayload,
    stage: progress?.stage ?? null,
    progress: progress?.progress ?? null,
    frame: progress?.frame ?? null,
    totalFrames: progress?.totalFrames ?? null,
    engine: row.engine,
    output: row.output === null ? null : (JSON.parse(row.output) as TaskOutput),
    failure: row.failure === null ? null : (JSON.parse(row.failure) as TaskFailure),
    retryOf: row.retry_of,
    targetWorker: row.target_worker,
    voiceMs: row.voice_ms,
    createdAtMs: row.created,
    startedAtMs: row.started,
    finishedAtMs: row.finished,
    expiresAtMs: row.state === 'queued' ? row.expires : null,
  }
}
