import { z } from 'zod'
import { fieldProgressSchema, HTTP_ROUTES, taskIdQuerySchema } from '../../../protocol/http/index.ts'
import { AppError, isAppError } from '../../../shared/index.ts'
import { fieldProgress, taskName } from '../../dialects/index.ts'
import type { GatewayParts } from '../../parts.ts'
import type { OpenedPoolFile } from '../../pool/port.ts'
import type { StoredTask } from '../../queue/port.ts'
import { tenantOfRequest } from '../checks/pipeline.ts'
import { findTask } from '../findTask.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { about, REFUSALS } from './describe.ts'
import { languageOf } from './languageOf.ts'
import { serveFile } from './serveFile.ts'

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
      const opened = await openResult(parts, tenant, task.output.md5)
      await serveFile(request, reply, opened, parts, downloadName(task))
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

/** Throws RESULT_EXPIRED for a video that was cleaned up, RESULT_GONE for one that was lost. */
async function openResult(parts: GatewayParts, tenant: string, md5: string): Promise<OpenedPoolFile> {
  const opened = await parts.pool.open(tenant, md5).catch((error: unknown) => {
    // A damaged result was put aside: for whoever asks it is gone.
    if (isAppError(error, 'INPUT_CORRUPT')) return undefined
    throw error
  })
  if (opened !== undefined) return opened
  const why = await parts.pool.whyGone(tenant, md5)
  if (why === 'damaged' || why === 'lost' || why === undefined) throw new AppError('RESULT_GONE')
  throw new AppError('RESULT_EXPIRED', { data: { days: parts.settings.current().results_kept_days } })
}

function downloadName(task: StoredTask): string {
  return `${taskName(task) ?? task.id}${task.output?.ext ?? '.mp4'}`
}
