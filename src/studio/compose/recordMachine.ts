import { isRecordEnd } from '../../protocol/studio/index.ts'
import type { RecordPhase } from '../../protocol/studio/index.ts'
import type { SubmitAnswer } from '../../protocol/http/index.ts'
import type { RunStage, TaskView } from '../../protocol/task/index.ts'
import type { AppErrorJson } from '../../shared/index.ts'
import type { StoredInput, StoredOutput, StoredRecord } from '../history/index.ts'
import { enterStep, isLaterStage, stepOf } from './timeline.ts'

type Digests = NonNullable<StoredInput['digests']>

/** Everything that can happen to a task, seen from this PC. */
export type RecordEvent =
  | { readonly kind: 'hashed'; readonly avatar: Digests; readonly voice: Digests }
  | { readonly kind: 'uploaded' }
  /** Stored before the request leaves: after a crash the task may exist, so only the gateway can end it. */
  | { readonly kind: 'submit.tried'; readonly gateway: string }
  /** The gateway said no to the only request there was: it has no task. */
  | { readonly kind: 'submit.refused' }
  | { readonly kind: 'accepted'; readonly answer: SubmitAnswer }
  | { readonly kind: 'input.missing'; readonly error: AppErrorJson }
  | { readonly kind: 'task.changed'; readonly task: TaskView; readonly lipSync: boolean | null }
  /** Told with the progress of a run, which is no change of the task itself. */
  | { readonly kind: 'stage.told'; readonly stage: RunStage }
  | { readonly kind: 'publish.planned'; readonly path: string }
  | { readonly kind: 'downloaded'; readonly output: StoredOutput }
  | { readonly kind: 'blocked'; readonly error: AppErrorJson }
  | { readonly kind: 'unblocked' }
  | { readonly kind: 'cancel.asked' }
  | { readonly kind: 'cancel.told' }
  | { readonly kind: 'failed'; readonly error: AppErrorJson }

/** What the driver does next for a record; `none` at an end. */
export type RecordAction = 'hash' | 'upload' | 'submit' | 'cancel' | 'follow' | 'download' | 'none'

/** A missing input is uploaded anew this often before the task fails. */
const MAX_REUPLOADS = 1

export function nextAction(record: StoredRecord): RecordAction {
  switch (record.phase) {
    case 'hashing':
      return 'hash'
    case 'uploading':
      return 'upload'
    case 'submitting':
      return 'submit'
    case 'waiting':
    case 'running':
      return record.cancel === 'asked' ? 'cancel' : 'follow'
    case 'downloading':
      return 'download'
    case 'done':
    case 'failed':
    case 'cancelled':
      return 'none'
  }
}

/**
 * The record after an event. An event that does not fit the phase, and news older than what is known, change
 * nothing: the very same record is returned. Ends never change.
 */
export function next(record: StoredRecord, event: RecordEvent, nowMs: number): StoredRecord {
  if (isRecordEnd(record.phase)) return record
  switch (event.kind) {
    case 'hashed':
      return record.phase === 'hashing'
        ? move(withDigests(record, event.avatar, event.voice), 'uploading', nowMs)
        : record
    case 'uploaded':
      return record.phase === 'uploading' ? move(record, 'submitting', nowMs) : record
    case 'submit.tried':
      return record.phase === 'submitting' ? { ...record, submitTried: true, gateway: event.gateway } : record
    case 'submit.refused':
      return record.phase === 'submitting' ? withoutTask(record, nowMs) : record
    case 'accepted':
      return record.phase === 'submitting' ? accept(record, event.answer, nowMs) : record
    case 'input.missing':
      return record.phase === 'submitting' ? reupload(record, event.error, nowMs) : record
    case 'task.changed':
      return follow(record, event.task, event.lipSync, nowMs)
    case 'stage.told':
      return enterStage(record, event.stage, nowMs)
    case 'publish.planned':
      return record.phase === 'downloading' ? { ...record, plannedPath: event.path } : record
    case 'downloaded':
      return record.phase === 'downloading' ? end({ ...record, output: event.output }, 'done', null, nowMs) : record
    case 'blocked':
      return record.blocked?.code === event.error.code ? record : { ...record, blocked: { ...event.error } }
    case 'unblocked':
      return record.blocked === null ? record : { ...record, blocked: null }
    case 'cancel.asked':
      return askCancel(record, nowMs)
    case 'cancel.told':
      return record.cancel === 'asked' ? { ...record, cancel: 'told' } : record
    case 'failed':
      return isWishGranted(record, event.error)
        ? end(record, 'cancelled', null, nowMs)
        : end(record, 'failed', event.error, nowMs)
  }
}

/** Nobody has the task any more, and that is what was asked for. */
function isWishGranted(record: StoredRecord, error: AppErrorJson): boolean {
  return record.cancel !== 'none' && error.code === 'TASK_NOT_FOUND'
}

function withDigests(record: StoredRecord, avatar: Digests, voice: Digests): StoredRecord {
  return { ...record, avatar: { ...record.avatar, digests: avatar }, voice: { ...record.voice, digests: voice } }
}

function move(record: StoredRecord, phase: RecordPhase, nowMs: number, stage: TaskView['stage'] = null): StoredRecord {
  const timeline = enterStep(record.timeline, stepOf(phase, stage), nowMs)
  if (phase === record.phase && timeline === record.timeline && record.blocked === null) return record
  return { ...record, phase, timeline, blocked: null }
}

function end(
  record: StoredRecord,
  phase: 'done' | 'failed' | 'cancelled',
  error: AppErrorJson | null,
  nowMs: number,
): StoredRecord {
  const moved = move(record, phase, nowMs)
  return { ...moved, endedAtMs: nowMs, wait: null, error: error === null ? null : { ...error } }
}

function accept(record: StoredRecord, answer: SubmitAnswer, nowMs: number): StoredRecord {
  return {
    ...move(record, 'waiting', nowMs),
    taskId: answer.task_id,
    taskVersion: answer.version,
    wait: {
      position: answer.position,
      ...estimateOf(answer, nowMs),
      ...(answer.not_ready === undefined ? {} : { notReady: answer.not_ready }),
      ...(answer.paused === true ? { isPaused: true } : {}),
      ...(answer.withheld === true ? { isWithheld: true } : {}),
      gpu: answer.gpu,
      ...offSince(answer.gpu, null, nowMs),
      sinceMs: nowMs,
    },
  }
}

function reupload(record: StoredRecord, error: AppErrorJson, nowMs: number): StoredRecord {
  if (record.reuploads >= MAX_REUPLOADS) return end(record, 'failed', error, nowMs)
  const refused = withoutTask({ ...record, reuploads: record.reuploads + 1 }, nowMs)
  return isRecordEnd(refused.phase) ? refused : move(refused, 'uploading', nowMs)
}

/** The gateway refused, so no task exists: a cancel may end it here again, and any gateway may get it. */
function withoutTask(record: StoredRecord, nowMs: number): StoredRecord {
  const refused = { ...record, submitTried: false, gateway: null }
  return record.cancel === 'none' ? refused : end(refused, 'cancelled', null, nowMs)
}

function askCancel(record: StoredRecord, nowMs: number): StoredRecord {
  const isOnlyHere = record.phase === 'downloading' || !record.submitTried
  if (isOnlyHere) return end(record, 'cancelled', null, nowMs)
  return record.cancel === 'none' ? { ...record, cancel: 'asked' } : record
}

function follow(record: StoredRecord, task: TaskView, lipSync: boolean | null, nowMs: number): StoredRecord {
  if (record.phase !== 'waiting' && record.phase !== 'running') return record
  if (task.task_id !== record.taskId || task.version < record.taskVersion) return record
  const known: StoredRecord = {
    ...record,
    taskVersion: task.version,
    engine: task.engine ?? record.engine,
    serverId: task.server_id ?? record.serverId,
    lipSync: lipSync ?? record.lipSync,
  }
  switch (task.state) {
    case 'queued':
    case 'leased':
      return { ...move(known, 'waiting', nowMs), wait: waitOf(record, task, nowMs) }
    case 'running':
    case 'cancelling':
      return { ...move(known, 'running', nowMs, task.stage), wait: null }
    case 'succeeded':
      if (task.output === null)
        return end(known, 'failed', { code: 'RESULT_GONE', message: 'no output', retryable: false }, nowMs)
      return { ...move(known, 'downloading', nowMs), wait: null, announced: task.output }
    case 'failed':
    case 'dead':
    case 'expired':
      return end(known, 'failed', failureOf(record, task), nowMs)
    case 'cancelled':
      return end(known, 'cancelled', null, nowMs)
  }
}

/** Onwards only: progress that was overtaken by a newer stage must not bring the older one back. */
function enterStage(record: StoredRecord, stage: RunStage, nowMs: number): StoredRecord {
  const isLater = isLaterStage(stage, record.timeline.at(-1)?.step)
  return record.phase === 'running' && isLater ? move(record, 'running', nowMs, stage) : record
}

function waitOf(record: StoredRecord, task: TaskView, nowMs: number): StoredRecord['wait'] {
  return {
    position: task.position,
    ...estimateOf(task, nowMs),
    ...(task.eta_reason === undefined ? {} : { etaReason: task.eta_reason }),
    ...(task.not_ready === undefined ? {} : { notReady: task.not_ready }),
    ...(task.paused === true ? { isPaused: true } : {}),
    ...(task.withheld === true ? { isWithheld: true } : {}),
    ...(task.not_before === undefined ? {} : { retryAtMs: task.not_before * 1000 }),
    ...(task.expires_soon === true && task.expires_at !== undefined ? { expiresAtMs: task.expires_at * 1000 } : {}),
    gpu: task.gpu,
    ...offSince(task.gpu, record.wait, nowMs),
    sinceMs: record.phase === 'waiting' && record.wait !== null ? record.wait.sinceMs : nowMs,
  }
}

/** A start that fails is no new beginning: the GPU is off until one is online. */
function offSince(
  gpu: TaskView['gpu'],
  before: StoredRecord['wait'],
  nowMs: number,
): Pick<NonNullable<StoredRecord['wait']>, 'gpuOffSinceMs'> {
  const isOff = gpu === 'offline' || gpu === 'starting'
  return isOff ? { gpuOffSinceMs: before?.gpuOffSinceMs ?? nowMs } : {}
}

type Estimated = Pick<SubmitAnswer, 'eta_seconds' | 'eta_high_seconds' | 'eta_basis'>
type Estimate = Pick<NonNullable<StoredRecord['wait']>, 'etaSeconds' | 'etaHighSeconds' | 'etaBasis' | 'etaAtMs'>

function estimateOf({ eta_seconds, eta_high_seconds, eta_basis }: Estimated, nowMs: number): Estimate {
  if (eta_seconds === null) return { etaSeconds: null, etaBasis: null }
  return { etaSeconds: eta_seconds, etaHighSeconds: eta_high_seconds, etaBasis: eta_basis, etaAtMs: nowMs }
}

/** The server knows no file names: the person's own stand in the sentence. */
function inputNames({ avatar, voice }: StoredRecord, role: unknown): string {
  if (role === 'video') return avatar.name
  return role === 'audio' ? voice.name : `${avatar.name} + ${voice.name}`
}

function failureOf(record: StoredRecord, task: TaskView): AppErrorJson {
  return {
    code: task.error_code ?? 'INTERNAL',
    message: task.error_msg ?? task.message,
    retryable: true,
    ...(task.error_hint === null ? {} : { hint: task.error_hint }),
    data: { ...task.error_data, file: inputNames(record, task.error_data?.['role']) },
  }
}
