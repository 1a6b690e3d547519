import { PRIORITY_CLASSES } from '../../../protocol/task/index.ts'
import type { TaskOutput, TaskState } from '../../../protocol/task/index.ts'
import { typeOfKind } from '../../taskKinds.ts'
import type { RunProgress, StoredTask, TaskFailure, TaskPayload } from '../port.ts'
import type { Now } from '../steadyTime.ts'

/** The columns that a transition may change. Times are steady ones, but `started`, `finished`, `expires` and `ages_at`. */
export interface MutableColumns {
  readonly state: TaskState
  readonly epoch: number
  readonly settled_epoch: number
  readonly token: string | null
  readonly worker: string | null
  readonly server: string | null
  readonly lease_until: number | null
  readonly deadline: number | null
  /** Until when it may wait in the queue, in time without pauses (`Now.waitMs`). */
  readonly expires: number
  /** People were told that it expires soon: 0 or 1. */
  readonly expires_soon: number
  readonly not_before: number
  /** Where it stands in line, see `lines.ts`. */
  readonly line: string | null
  readonly class: number
  /** The class it stands in now: `class`, or a stronger one by age. */
  readonly rank: number
  /** Negative: moved to the front; the smallest is the first. */
  readonly front: number
  /** When it goes up one class, in time without pauses; null in the strongest. */
  readonly ages_at: number | null
  readonly attempts: number
  readonly stalls: number
  /** Workers that died under it and were not seen alive with it since, joined by spaces. */
  readonly crashed_on: string
  /** Codes that are tried again only once, and were, joined by spaces. */
  readonly retried_once: string
  /** Tries in a row that did not count: "not now" of engines, and hand-backs. */
  readonly limited: number
  readonly engine: string | null
  readonly output: string | null
  readonly late_output: string | null
  readonly late_until: number | null
  readonly failure: string | null
  readonly started: number | null
  readonly run_from: number | null
  readonly finished: number | null
  readonly ended: number | null
}

/** One row of `task`, as SQLite gives it. */
export interface TaskRow extends MutableColumns {
  readonly seq: number
  readonly id: string
  readonly tenant: string
  readonly request_id: string
  readonly digest: string
  /** The kind of the task: its type, and what it needs of an engine. */
  readonly type: string
  readonly version: number
  readonly payload: string
  readonly retry_of: string | null
  readonly target_worker: string | null
  readonly voice_ms: number | null
  /** How long it may wait; null = until it runs. */
  readonly ttl: number | null
  readonly created: number
}

/** Stored as the time when a task expires that never does. */
export const NEVER_MS = Number.MAX_SAFE_INTEGER

/** The row as the rest of the gateway sees it; its JSON columns were written by this part and are trusted. */
export function toStoredTask(row: TaskRow, progress: RunProgress | undefined, now: Now): StoredTask {
  const toWall = (steadyMs: number): number => steadyMs + now.wallMs - now.steadyMs
  const isQueued = row.state === 'queued'
  let payload: TaskPayload | undefined
  return {
    id: row.id,
    tenant: row.tenant,
    requestId: row.request_id,
    taskType: typeOfKind(row.type),
    priority: PRIORITY_CLASSES[row.class] ?? 'normal',
    state: row.state,
    epoch: row.epoch,
    workerId: row.worker,
    serverId: row.server,
    leaseUntilMs: row.lease_until === null ? null : toWall(row.lease_until),
    notBeforeMs: isQueued && row.not_before > now.steadyMs ? toWall(row.not_before) : 0,
    attempts: row.attempts,
    stalls: row.stalls,
    version: row.version,
    // Most of those who are told of a change never look into it.
    get payload() {
      return (payload ??= JSON.parse(row.payload) as TaskPayload)
    },
    stage: progress?.stage ?? null,
    progress: progress?.progress ?? null,
    frame: progress?.frame ?? null,
    totalFrames: progress?.totalFrames ?? null,
    engine: row.engine,
    output: row.output === null ? null : (JSON.parse(row.output) as TaskOutput),
    lateOutput: lateOutputOf(row, now),
    failure: row.failure === null ? null : (JSON.parse(row.failure) as TaskFailure),
    retryOf: row.retry_of,
    targetWorker: row.target_worker,
    voiceMs: row.voice_ms,
    createdAtMs: row.created,
    startedAtMs: row.started,
    finishedAtMs: row.finished,
    expiresAtMs: isQueued && row.expires !== NEVER_MS ? row.expires + now.wallMs - now.waitMs : null,
    expiresSoon: isQueued && row.expires_soon === 1,
  }
}

function lateOutputOf(row: TaskRow, now: Now): TaskOutput | null {
  if (row.late_output === null || row.late_until === null || row.late_until <= now.steadyMs) return null
  return JSON.parse(row.late_output) as TaskOutput
}
