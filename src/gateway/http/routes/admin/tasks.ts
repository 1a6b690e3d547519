import type { FastifyRequest } from 'fastify'
import {
  ADMIN_ROUTES,
  adminRetryBodySchema,
  adminTaskAnswerSchema,
  adminTasksAnswerSchema,
  adminTasksQuerySchema,
  priorityBodySchema,
  taskIdParamsSchema,
} from '../../../../protocol/admin/index.ts'
import type { AdminTask } from '../../../../protocol/admin/index.ts'
import { successEnvelope } from '../../../../protocol/http/index.ts'
import { AppError } from '../../../../shared/index.ts'
import { adminTask } from '../../../admin/taskViews.ts'
import { cancelTask } from '../../../intake/cancelTask.ts'
import { runAgain } from '../../../intake/runAgain.ts'
import type { GatewayParts } from '../../../parts.ts'
import type { Applied, StoredTask } from '../../../queue/port.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { about, REFUSALS } from '../describe.ts'
import { languageOf } from '../languageOf.ts'
import { WITHOUT_BODY, WITH_JSON, ok } from './access.ts'

const taskAnswer = { 200: successEnvelope(adminTaskAnswerSchema), ...REFUSALS }

/** The tasks of all tenants. */
export function adminTaskRoutes(app: GatewayApp, parts: GatewayParts): void {
  listRoute(app, parts)
  showRoute(app, parts)
  cancelRoute(app, parts)
  retryRoute(app, parts)
  priorityRoute(app, parts)
  frontRoute(app, parts)
}

function listRoute(app: GatewayApp, parts: GatewayParts): void {
  app.get(ADMIN_ROUTES.tasks, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'Tasks', 'Of all tenants, newest first. `state=dead` are the dead letters.'),
      querystring: adminTasksQuerySchema,
      response: { 200: successEnvelope(adminTasksAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const { state, tenant, id, limit, cursor } = request.query
      const page =
        id === undefined
          ? await parts.queueAdmin.listAll({
              limit,
              ...(state === undefined ? {} : { states: state }),
              ...(tenant === undefined ? {} : { tenant }),
              ...(cursor === undefined ? {} : { cursor }),
            })
          : { tasks: await parts.queueAdmin.findByPrefix(id, limit), cursor: null }
      const tasks: AdminTask[] = []
      for (const task of page.tasks) tasks.push(await adminTask(parts.views, task, languageOf(request.raw)))
      return ok({ tasks, cursor: page.cursor })
    },
  })
}

function showRoute(app: GatewayApp, parts: GatewayParts): void {
  app.get(ADMIN_ROUTES.task, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'A task', 'Where it stands, who has it, and what went wrong.'),
      params: taskIdParamsSchema,
      response: taskAnswer,
    },
    handler: async (request) => {
      const task = await findAny(parts, request.params.task_id)
      return told(parts, request, task)
    },
  })
}

function cancelRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(ADMIN_ROUTES.taskCancel, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'Cancel a task', 'As its tenant would: 202 `cancelling` until the worker confirms.'),
      params: taskIdParamsSchema,
      response: { ...taskAnswer, 202: successEnvelope(adminTaskAnswerSchema) },
    },
    handler: async (request, reply) => {
      const { tenant, id, state } = await findAny(parts, request.params.task_id)
      const outcome = await cancelTask(parts.queue, tenant, id)
      request.auditChange = { before: { state }, after: { state: outcome.task.state } }
      reply.code(outcome.kind === 'cancelling' ? 202 : 200)
      return told(parts, request, outcome.task)
    },
  })
}

function retryRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(ADMIN_ROUTES.taskRetry, {
    config: WITH_JSON,
    schema: {
      ...about(
        'operators',
        'Run a task again',
        'A new task of the same tenant with the inputs of an ended one. A repeat answers that new task; `request_id` makes one more.',
      ),
      params: taskIdParamsSchema,
      body: adminRetryBodySchema,
      response: taskAnswer,
    },
    handler: async (request) => {
      const old = await findAny(parts, request.params.task_id)
      // By the ended task alone, so that two operators, or one whose answer got lost, do not make two.
      const { task } = await runAgain(parts, old, request.body.request_id ?? `again-${old.id}`)
      request.auditChange = { before: { task_id: old.id, state: old.state }, after: { task_id: task.id } }
      return told(parts, request, task)
    },
  })
}

function priorityRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(ADMIN_ROUTES.taskPriority, {
    config: WITH_JSON,
    schema: {
      ...about('operators', 'Priority', 'Moves a waiting task to another class; 409 NOT_QUEUED for any other.'),
      params: taskIdParamsSchema,
      body: priorityBodySchema,
      response: taskAnswer,
    },
    handler: async (request) => {
      const { priority } = request.body
      const old = await findAny(parts, request.params.task_id)
      const task = await movedInQueue(parts, old.id, await parts.queueAdmin.setPriority(old.id, priority))
      request.auditChange = { before: { priority: old.priority }, after: { priority: task.priority } }
      return told(parts, request, task)
    },
  })
}

function frontRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(ADMIN_ROUTES.taskFront, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'Move to the front', 'Before every other waiting task of its class.'),
      params: taskIdParamsSchema,
      response: taskAnswer,
    },
    handler: async (request) => {
      const { task_id } = request.params
      const before = await parts.queue.position(task_id)
      const task = await movedInQueue(parts, task_id, await parts.queueAdmin.moveToFront(task_id))
      const view = await adminTask(parts.views, task, languageOf(request.raw))
      request.auditChange = { before: { position: before }, after: { position: view.position } }
      return ok({ task: view })
    },
  })
}

type Told = ReturnType<typeof ok<{ task: AdminTask }>>

async function told(parts: Pick<GatewayParts, 'views'>, request: FastifyRequest, task: StoredTask): Promise<Told> {
  return ok({ task: await adminTask(parts.views, task, languageOf(request.raw)) })
}

async function findAny(parts: Pick<GatewayParts, 'queueAdmin'>, taskId: string): Promise<StoredTask> {
  const task = await parts.queueAdmin.find(taskId)
  if (task === undefined) throw new AppError('TASK_NOT_FOUND')
  return task
}

/** The task after a move; `stale` means that it was taken, or ended, a moment before. */
async function movedInQueue(
  parts: Pick<GatewayParts, 'queueAdmin'>,
  taskId: string,
  outcome: Applied,
): Promise<StoredTask> {
  const task = await findAny(parts, taskId)
  if (outcome === 'stale') throw new AppError('NOT_QUEUED', { data: { state: task.state } })
  return task
}
