import {
  HTTP_ROUTES,
  REPLAY_HEADER,
  submitAnswerSchema,
  submitRequestSchema,
  successEnvelope,
} from '../../../protocol/http/index.ts'
import { faultPoint } from '../../../shared/index.ts'
import { submitAnswer } from '../../dialects/index.ts'
import { submitTask } from '../../intake/submitTask.ts'
import type { GatewayParts } from '../../parts.ts'
import { tenantOfRequest } from '../checks/pipeline.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { about, REFUSALS } from './describe.ts'
import { languageOf } from './languageOf.ts'

const answerSchema = successEnvelope(submitAnswerSchema)

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
        const { task, isReplay } = await submitTask(parts, tenant, request.body)
        if (isReplay) reply.header(REPLAY_HEADER, 'true')
        const view = await parts.views.of(task, languageOf(request.raw))
        return { code: 0 as const, msg: view.message, data: submitAnswer(view) }
      },
      onResponse: async () => {
        faultPoint('submit.after_reply')
      },
    })
  }
}

const SUBMIT_DESCRIPTION =
  'Both files must be in the pool. Answered only when the task is durable. The same `request_id` with the same ' +
  `content gives the same task (header \`${REPLAY_HEADER}\`), with other content 409 REQUEST_ID_CONFLICT.`
