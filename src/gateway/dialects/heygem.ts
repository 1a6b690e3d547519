import { describeError, errorEntry } from '../../protocol/errors/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { SubmitAnswer } from '../../protocol/http/index.ts'
import { HTTP_ROUTES } from '../../protocol/http/index.ts'
import type { GpuWait, HeygemStatus, TaskState, TaskView } from '../../protocol/task/index.ts'
import { heygemStatus, TASK_STATES } from '../../protocol/task/index.ts'
import type { Estimate } from '../estimates/index.ts'
import { isErrand, isRemoval } from '../queue/errand.ts'
import type { StoredTask } from '../queue/port.ts'
import { queuedSentence, stageSentence, stateSentence } from './sentences.ts'

/** What a task's own row does not know: its place, the fleet, the reader's language. */
export interface ViewContext {
  readonly language: Language
  readonly position: number | null
  readonly estimate: Estimate | null
  readonly gpu: GpuWait | null
  /** How long the task has waited for a GPU that is offline. */
  readonly waitedMs: number
  /** How long it waits before it is tried again; 0 = not. */
  readonly backoffMs: number
  /** Why the servers that are online can run nothing; null while one can. */
  readonly notReady: string | null
  /** Every GPU server was drained by an operator or is on its way off; see `StartOutlook.kind`. */
  readonly isWithheld: boolean
  /** An operator halted the queue. */
  readonly isPaused: boolean
  /** Milliseconds until the task expires, once most of its waiting time is over; null before. */
  readonly expiresInMs: number | null
}

/** One stored task in the HeyGem API's words. */
export function taskView(task: StoredTask, context: ViewContext): TaskView {
  const isQueued = task.state === 'queued'
  const failure = failureOf(task, context.language)
  return {
    task_id: task.id,
    request_id: task.requestId,
    task_type: task.taskType,
    state: task.state,
    status: heygemStatus(task.state),
    version: task.version,
    stage: task.state === 'running' ? task.stage : null,
    progress: task.state === 'succeeded' ? 100 : task.progress,
    frame: task.frame,
    total_frames: task.totalFrames,
    position: isQueued ? context.position : null,
    eta_seconds: isQueued ? (context.estimate?.seconds ?? null) : null,
    eta_high_seconds: isQueued ? (context.estimate?.highSeconds ?? null) : null,
    eta_basis: isQueued ? (context.estimate?.basis ?? null) : null,
    ...(isQueued ? reasonOf(context.estimate) : {}),
    ...(isQueued && context.notReady !== null ? { not_ready: context.notReady } : {}),
    ...(isQueued && context.isPaused ? { paused: true } : {}),
    ...(isQueued && context.isWithheld ? { withheld: true } : {}),
    ...(task.notBeforeMs > 0 ? { not_before: task.notBeforeMs / 1000 } : {}),
    ...(task.expiresAtMs === null ? {} : { expires_at: task.expiresAtMs / 1000 }),
    ...(task.expiresSoon ? { expires_soon: true } : {}),
    gpu: isQueued ? context.gpu : null,
    message: failure?.message ?? messageOf(task, context),
    name: taskName(task),
    server_id: task.serverId,
    engine: task.engine,
    attempts: task.attempts,
    result_url: task.state === 'succeeded' ? `${HTTP_ROUTES.download}?task_id=${task.id}` : null,
    output: task.state === 'succeeded' ? task.output : null,
    error_code: failure?.code ?? null,
    error_msg: failure?.message ?? null,
    error_hint: failure?.hint ?? null,
    ...(failure?.data === undefined ? {} : { error_data: failure.data }),
    retry_of: task.retryOf,
    created_at: task.createdAtMs / 1000,
    started_at: task.startedAtMs === null ? null : task.startedAtMs / 1000,
    finished_at: task.finishedAtMs === null ? null : task.finishedAtMs / 1000,
  }
}

function reasonOf(estimate: Estimate | null): Pick<TaskView, 'eta_reason'> {
  const reason = estimate?.reason ?? null
  return reason === null ? {} : { eta_reason: reason }
}

/** The answer to a submit, from the view of the stored task. */
export function submitAnswer(view: TaskView): SubmitAnswer {
  return {
    task_id: view.task_id,
    request_id: view.request_id,
    status: view.status,
    state: view.state,
    version: view.version,
    position: view.position,
    eta_seconds: view.eta_seconds,
    eta_high_seconds: view.eta_high_seconds,
    eta_basis: view.eta_basis,
    ...(view.not_ready === undefined ? {} : { not_ready: view.not_ready }),
    ...(view.paused === undefined ? {} : { paused: view.paused }),
    ...(view.withheld === undefined ? {} : { withheld: view.withheld }),
    gpu: view.gpu,
    msg: view.message,
  }
}

/** The core states behind one of the API's words. */
export function statesOf(status: HeygemStatus): readonly TaskState[] {
  return TASK_STATES.filter((state) => heygemStatus(state) === status)
}

/** The person's name for the video, or the name of the asset that is removed. */
export function taskName({ payload }: StoredTask): string | null {
  return isRemoval(payload) ? payload.asset.name : (payload.options.name ?? null)
}

function messageOf(task: StoredTask, context: ViewContext): string {
  switch (task.state) {
    case 'queued':
      // It has no place in the line, and no other server can do it.
      if (isErrand(task)) return stateSentence('errand', context.language)
      return queuedSentence(context, context.language)
    case 'leased':
      return stateSentence('submitted', context.language)
    case 'running':
      return stageSentence(task.stage, context.language)
    case 'cancelling':
    case 'succeeded':
    case 'cancelled':
      return stateSentence(task.state, context.language)
    case 'failed':
    case 'dead':
    case 'expired':
      return describeError(failedWith(task), context.language).message
  }
}

interface FailureText {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly data?: FailureData
}

function failureOf(task: StoredTask, language: Language): FailureText | null {
  if (heygemStatus(task.state) !== 'error') return null
  const error = failedWith(task)
  const data = shownData(error)
  return { code: error.code, ...describeError(error, language), ...(data === undefined ? {} : { data }) }
}

type FailureData = Readonly<Record<string, string | number | boolean>>

/** Only what the sentence itself shows, and which input it is about: the rest may name places of a worker. */
function shownData({ code, data = {} }: { code: string; data?: FailureData }): FailureData | undefined {
  const { en } = errorEntry(code)
  const shown = Object.entries(data).filter(([key]) => key === 'role' || en.join(' ').includes(`{${key}}`))
  return shown.length === 0 ? undefined : Object.fromEntries(shown)
}

function failedWith(task: StoredTask): { code: string; data?: FailureData } {
  const { failure } = task
  if (failure === null) return { code: task.state === 'expired' ? 'TASK_EXPIRED' : 'INTERNAL' }
  const detail = failure.detail === undefined ? {} : { detail: failure.detail }
  return { code: failure.code, data: { ...detail, ...failure.data } }
}
