import { HEYGEM_SUBMIT } from '../../../protocol/task/index.ts'
import {
  HTTP_ROUTES,
  REPLAY_HEADER,
  submitAnswerSchema,
  submitRequestSchema,
  successEnvelope,
} from '../../../protocol/http/index.ts'
import type { SubmitRequest } from '../../../protocol/http/index.ts'
import { AppError, randomId } from '../../../shared/index.ts'
import { submitAnswer } from '../../dialects/index.ts'
import type { GatewayParts } from '../../parts.ts'
import type { NewTask, StoredTask, SubmitOutcome, TaskPayload } from '../../queue/port.ts'
import { tenantOfRequest } from '../checks/pipeline.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { about, REFUSALS } from './describe.ts'
import { languageOf } from './languageOf.ts'

const answerSchema = successEnvelope(submitAnswerSchema)
const FULL_RETRY_MS = 10_000

/** POST submit, under its two paths: inputs present → durable task → one try to lease it → its stored state. */
export function submitRoutes(app: GatewayApp, parts: GatewayParts): void {
  for (const url of [HTTP_ROUTES.submit, HTTP_ROUTES.submitOld]) {
    app.post(url, {
      config: { access: { auth: 'tenant_or_body', body: 'json', rate: 'submit' } },
      schema: {
        ...about('tasks', 'Submit a task', SUBMIT_DESCRIPTION),
        body: submitRequestSchema,
        response: { 200: answerSchema.describe('Stored; a worker may have it already.'), ...REFUSALS },
      },
      handler: async (request, reply) => {
        const tenant = tenantOfRequest(request)
        const { task, isReplay } = await submit(parts, tenant, request.body)
        if (isReplay) reply.header(REPLAY_HEADER, 'true')
        const view = await parts.views.of(task, languageOf(request.raw))
        return { code: 0 as const, msg: view.message, data: submitAnswer(view) }
      },
    })
  }
}

const SUBMIT_DESCRIPTION =
  'Both files must be in the pool. Answered only when the task is durable. The same `request_id` with the same ' +
  `content gives the same task (header \`${REPLAY_HEADER}\`), with other content 409 REQUEST_ID_CONFLICT.`

async function submit(
  parts: GatewayParts,
  tenant: string,
  body: SubmitRequest,
): Promise<{ readonly task: StoredTask; readonly isReplay: boolean }> {
  const taskType = body.task_type ?? HEYGEM_SUBMIT
  if (taskType !== HEYGEM_SUBMIT) throw new AppError('TASK_TYPE_UNKNOWN', { data: { known: HEYGEM_SUBMIT } })
  const task: NewTask = {
    tenant,
    requestId: body.request_id ?? randomId('q'),
    taskType,
    priority: body.options?.priority ?? 'normal',
    payload: await payloadOf(parts, tenant, body),
    retryOf: null,
  }
  return settled(parts, await parts.queue.submit(task))
}

/** Tries to lease a new task at once, so that the answer can already say `submitted`. */
export async function settled(
  parts: GatewayParts,
  outcome: SubmitOutcome,
): Promise<{ readonly task: StoredTask; readonly isReplay: boolean }> {
  switch (outcome.kind) {
    case 'created': {
      await parts.dispatcher.kick()
      const newest = await parts.queue.get(outcome.task.tenant, outcome.task.id)
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

async function payloadOf(parts: GatewayParts, tenant: string, body: SubmitRequest): Promise<TaskPayload> {
  const files = await parts.pool.findMany(tenant, [body.audio_hash, body.video_hash])
  const audio = files.get(body.audio_hash)
  const video = files.get(body.video_hash)
  if (audio === undefined || video === undefined) {
    const missing = [audio === undefined ? 'audio' : '', video === undefined ? 'video' : ''].filter((one) => one !== '')
    throw new AppError('INPUT_MISSING', { data: { missing: missing.join(', ') } })
  }
  return {
    // One content may be known under several endings: the submitter's own is what the engine is told.
    audio: { ...audio, ext: body.audio_ext },
    video: { ...video, ext: body.video_ext },
    options: body.options ?? {},
  }
}
