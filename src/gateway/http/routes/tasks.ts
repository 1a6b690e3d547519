import {
  cancelAnswerSchema,
  HTTP_ROUTES,
  submitAnswerSchema,
  successEnvelope,
  taskIdBodySchema,
  taskIdQuerySchema,
  tasksAnswerSchema,
  tasksQuerySchema,
} from '../../../protocol/http/index.ts'
import { taskViewSchema } from '../../../protocol/task/index.ts'
import type { TaskView } from '../../../protocol/task/index.ts'
import { statesOf, stateSentence, submitAnswer } from '../../dialects/index.ts'
import { cancelTask } from '../../intake/cancelTask.ts'
import { runAgain } from '../../intake/runAgain.ts'
import type { GatewayParts } from '../../parts.ts'
import { tenantOfRequest } from '../checks/pipeline.ts'
import { findTask } from '../findTask.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { about, REFUSALS } from './describe.ts'
import { languageOf } from './languageOf.ts'

const READ = { access: { auth: 'tenant', body: 'none', rate: 'request' } } as const
const WRITE = { access: { auth: 'tenant', body: 'json', rate: 'request' } } as const

/** Status, list, cancel and retry. */
export function taskRoutes(app: GatewayApp, parts: GatewayParts): void {
  statusRoute(app, parts)
  listRoute(app, parts)
  cancelRoute(app, parts)
  retryRoute(app, parts)
}

function statusRoute(app: GatewayApp, parts: GatewayParts): void {
  app.get(HTTP_ROUTES.status, {
    config: READ,
    schema: {
      ...about('tasks', 'State of a task', 'The stored state, in the words of the API and of the core.'),
      querystring: taskIdQuerySchema,
      response: { 200: successEnvelope(taskViewSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const task = await findTask(parts, tenantOfRequest(request), request.query.task_id)
      const data = await parts.views.of(task, languageOf(request.raw))
      return { code: 0 as const, msg: data.message, data }
    },
  })
}

function listRoute(app: GatewayApp, parts: GatewayParts): void {
  app.get(HTTP_ROUTES.tasks, {
    config: READ,
    schema: {
      ...about('tasks', 'Tasks of this licence', 'Newest first; `cursor` of one page asks for the next.'),
      querystring: tasksQuerySchema,
      response: { 200: successEnvelope(tasksAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const { status, limit, cursor } = request.query
      const page = await parts.queue.list(tenantOfRequest(request), {
        limit,
        ...(status === undefined ? {} : { states: statesOf(status) }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      const tasks: TaskView[] = []
      for (const task of page.tasks) tasks.push(await parts.views.of(task, languageOf(request.raw)))
      return { code: 0 as const, msg: 'ok', data: { tasks, cursor: page.cursor } }
    },
  })
}

function cancelRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(HTTP_ROUTES.cancel, {
    config: WRITE,
    schema: {
      ...about(
        'tasks',
        'Cancel a task',
        'Waiting: cancelled at once (200). Running: 202 `cancelling`, ended when the worker confirms or after 30 s.',
      ),
      body: taskIdBodySchema,
      response: {
        200: successEnvelope(cancelAnswerSchema),
        202: successEnvelope(cancelAnswerSchema),
        ...REFUSALS,
      },
    },
    handler: async (request, reply) => {
      const outcome = await cancelTask(parts.queue, tenantOfRequest(request), request.body.task_id)
      const { id, state, version } = outcome.task
      reply.code(outcome.kind === 'cancelling' ? 202 : 200)
      const msg = stateSentence(outcome.kind === 'cancelling' ? 'cancelling' : 'cancelled', languageOf(request.raw))
      return { code: 0 as const, msg, data: { task_id: id, state, version } }
    },
  })
}

function retryRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(HTTP_ROUTES.retry, {
    config: { access: { auth: 'tenant', body: 'json', rate: 'submit' } },
    schema: {
      ...about('tasks', 'Run a task again', 'Makes a new task with the inputs of an ended one (`retry_of`).'),
      body: taskIdBodySchema,
      response: { 200: successEnvelope(submitAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const tenant = tenantOfRequest(request)
      const old = await findTask(parts, tenant, request.body.task_id)
      const { task } = await runAgain(parts, old)
      const view = await parts.views.of(task, languageOf(request.raw))
      return { code: 0 as const, msg: view.message, data: submitAnswer(view) }
    },
  })
}
