import { z } from 'zod'
import { fieldProgressSchema, HTTP_ROUTES, taskIdQuerySchema } from '../../../protocol/http/index.ts'
import { AppError } from '../../../shared/index.ts'
import { fieldProgress, taskName } from '../../dialects/index.ts'
import type { GatewayParts } from '../../parts.ts'
import type { StoredTask } from '../../queue/port.ts'
import { tenantOfRequest } from '../checks/pipeline.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { about, REFUSALS } from './describe.ts'
import { languageOf } from './languageOf.ts'
import { serveFile } from './serveFile.ts'
import { findTask } from './tasks.ts'

const downloadQuerySchema = taskIdQuerySchema.extend({
  token: z.string().max(200).optional().describe('Licence key of field clients that can send no header.'),
})

/** The result of a task, and its progress in the field's words. */
export function resultRoutes(app: GatewayApp, parts: GatewayParts): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: HTTP_ROUTES.download,
    config: { access: { auth: 'tenant_or_url', body: 'none', rate: 'none' } },
    schema: {
      ...about('tasks', 'Download the result', '409 RESULT_NOT_READY until the task is done; one Range is taken.'),
      querystring: downloadQuerySchema,
    },
    handler: async (request, reply) => {
      const tenant = tenantOfRequest(request)
      const task = await findTask(parts, tenant, request.query.task_id)
      if (task.state !== 'succeeded' || task.output === null) throw new AppError('RESULT_NOT_READY')
      const opened = await parts.pool.open(tenant, task.output.md5)
      if (opened === undefined) throw new AppError('RESULT_GONE')
      await serveFile(request, reply, opened, downloadName(task))
    },
  })
  app.get(HTTP_ROUTES.progress, {
    config: { access: { auth: 'tenant', body: 'none', rate: 'request' } },
    schema: {
      ...about('tasks', 'Progress, as a GPU server of the field tells it', 'For old clients; `status` tells more.'),
      querystring: taskIdQuerySchema,
      response: { 200: fieldProgressSchema, ...REFUSALS },
    },
    handler: async (request) => {
      const task = await findTask(parts, tenantOfRequest(request), request.query.task_id)
      return fieldProgress(await parts.views.of(task, languageOf(request.raw)))
    },
  })
}

function downloadName(task: StoredTask): string {
  return `${taskName(task) ?? task.id}${task.output?.ext ?? '.mp4'}`
}
