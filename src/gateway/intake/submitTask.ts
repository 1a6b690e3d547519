import type { SubmitRequest } from '../../protocol/http/index.ts'
import { HEYGEM_SUBMIT, isTerminal } from '../../protocol/task/index.ts'
import { AppError, faultPoint, randomId } from '../../shared/index.ts'
import type { GatewayParts } from '../parts.ts'
import type { NewTask, StoredTask, SubmitOutcome, TaskPayload } from '../queue/port.ts'
import { inputsOf } from './inputsOf.ts'

const FULL_RETRY_MS = 10_000

export interface IntakeParts {
  readonly queue: Pick<GatewayParts['queue'], 'submit' | 'get'>
  readonly pool: Pick<GatewayParts['pool'], 'findMany'>
  readonly dispatcher: Pick<GatewayParts['dispatcher'], 'kick'>
}

export interface TakenTask {
  readonly task: StoredTask
  /** It was there before: the same request id with the same content. */
  readonly isReplay: boolean
}

/**
 * The one way in, whichever door a task comes through: inputs present → durable task → one try to lease it.
 * Throws TASK_TYPE_UNKNOWN, INPUT_MISSING, REQUEST_ID_CONFLICT, QUEUE_FULL or QUEUE_FULL_TENANT.
 */
export async function submitTask(parts: IntakeParts, tenant: string, request: SubmitRequest): Promise<TakenTask> {
  const taskType = request.task_type ?? HEYGEM_SUBMIT
  if (taskType !== HEYGEM_SUBMIT) throw new AppError('TASK_TYPE_UNKNOWN', { data: { known: HEYGEM_SUBMIT } })
  const task: NewTask = {
    tenant,
    requestId: request.request_id ?? randomId('q'),
    taskType,
    priority: request.options?.priority ?? 'normal',
    payload: await payloadOf(parts, tenant, request),
    retryOf: await endedTask(parts, tenant, request.retry_of),
    ...(request.voice_ms === undefined ? {} : { voiceMs: request.voice_ms }),
  }
  return takenTask(parts, await parts.queue.submit(task))
}

/** Tries to lease a new task at once, so that the answer can already say `submitted`. */
export async function takenTask(
  parts: Pick<IntakeParts, 'queue' | 'dispatcher'>,
  outcome: SubmitOutcome,
): Promise<TakenTask> {
  switch (outcome.kind) {
    case 'created': {
      await parts.dispatcher.kick()
      const newest = await parts.queue.get(outcome.task.tenant, outcome.task.id)
      faultPoint('submit.before_reply')
      return { task: newest ?? outcome.task, isReplay: false }
    }
    case 'replayed':
      return { task: outcome.task, isReplay: true }
    case 'conflict':
      throw new AppError('REQUEST_ID_CONFLICT', { field: 'request_id', data: { task_id: outcome.taskId } })
    case 'full':
      throw new AppError(outcome.scope === 'tenant' ? 'QUEUE_FULL_TENANT' : 'QUEUE_FULL', {
        retryable: true,
        retryAfterMs: FULL_RETRY_MS,
        data: { limit: outcome.limit },
      })
  }
}

/** The link is a note: a task is not refused because the one it runs again is forgotten, or was another gateway's. */
async function endedTask(
  parts: Pick<IntakeParts, 'queue'>,
  tenant: string,
  taskId: string | undefined,
): Promise<string | null> {
  const task = taskId === undefined ? undefined : await parts.queue.get(tenant, taskId)
  return task !== undefined && isTerminal(task.state) ? task.id : null
}

async function payloadOf(
  parts: Pick<IntakeParts, 'pool'>,
  tenant: string,
  request: SubmitRequest,
): Promise<TaskPayload> {
  const { audio, video } = await inputsOf(parts.pool, tenant, { audio: request.audio_hash, video: request.video_hash })
  return {
    // One content may be known under several endings: the submitter's own is what the engine is told.
    audio: { ...audio, ext: request.audio_ext },
    video: { ...video, ext: request.video_ext },
    options: request.options ?? {},
  }
}
