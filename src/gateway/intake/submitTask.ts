import type { SubmitRequest } from '../../protocol/http/index.ts'
import { HEYGEM_SUBMIT, isTerminal } from '../../protocol/task/index.ts'
import { AppError, faultPoint, randomId } from '../../shared/index.ts'
import type { GatewayParts } from '../parts.ts'
import type { NewTask, StoredTask, VideoPayload } from '../queue/port.ts'
import { inputsMissing, inputsOf, missingNow } from './inputsOf.ts'

const FULL_RETRY_MS = 10_000

export interface IntakeParts {
  readonly queue: Pick<GatewayParts['queue'], 'submit' | 'get'>
  readonly pool: Pick<GatewayParts['pool'], 'findMany' | 'has'>
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
  return storeTask(parts, {
    tenant,
    requestId: request.request_id ?? randomId('q'),
    taskType,
    priority: request.options?.priority ?? 'normal',
    payload: await payloadOf(parts, tenant, request),
    retryOf: await endedTask(parts, tenant, request.retry_of),
    ...(request.voice_ms === undefined ? {} : { voiceMs: request.voice_ms }),
  })
}

/** Stores a task whose inputs were found, and tries to lease it at once: the answer can already say `submitted`. */
export async function storeTask(
  { queue, pool, dispatcher }: IntakeParts,
  task: NewTask & { readonly payload: VideoPayload },
): Promise<TakenTask> {
  let missing: readonly string[] = []
  // A file may be deleted between the look that found it and the commit, and nothing would ever bring it to a worker.
  const areInputsThere = (): boolean => {
    missing = missingNow(pool, task.tenant, task.payload)
    return missing.length === 0
  }
  const outcome = await queue.submit({ ...task, areInputsThere })
  switch (outcome.kind) {
    case 'created': {
      await dispatcher.kick()
      const newest = await queue.get(outcome.task.tenant, outcome.task.id)
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
    case 'inputs_missing':
      throw inputsMissing(missing)
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
): Promise<VideoPayload> {
  const { audio, video } = await inputsOf(parts.pool, tenant, { audio: request.audio_hash, video: request.video_hash })
  return {
    // One content may be known under several endings: the submitter's own is what the engine is told.
    audio: { ...audio, ext: request.audio_ext },
    video: { ...video, ext: request.video_ext },
    options: request.options ?? {},
  }
}
