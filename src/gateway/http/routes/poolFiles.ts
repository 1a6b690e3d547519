import { z } from 'zod'
import { md5Schema, poolExtSchema } from '../../../protocol/files/index.ts'
import {
  checkFilesAnswerSchema,
  checkFilesRequestSchema,
  HTTP_ROUTES,
  successEnvelope,
} from '../../../protocol/http/index.ts'
import { AppError } from '../../../shared/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { tenantOfRequest, workerOfRequest } from '../checks/pipeline.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { schemaError } from '../toAppError.ts'
import { about, REFUSALS } from './describe.ts'
import { serveFile } from './serveFile.ts'

const MD5_DIGITS = 32

const nameParamsSchema = z.object({ name: z.string().describe('`{md5}{ext}`, e.g. `9e10…7d.mp4`') })

/** check_files, and reading pool files: the tenant's own, and a worker's inputs. */
export function poolFileRoutes(app: GatewayApp, parts: GatewayParts): void {
  checkFilesRoute(app, parts)
  app.route({
    method: ['GET', 'HEAD'],
    url: `${HTTP_ROUTES.pool}/:name`,
    config: { access: { auth: 'tenant', body: 'none', rate: 'none' } },
    schema: {
      ...about('files', 'Read a pool file', 'The bytes, with one Range. Another licence’s file is not found.'),
      params: nameParamsSchema,
    },
    handler: async (request, reply) => {
      const opened = await parts.pool.open(tenantOfRequest(request), md5Of(request.params.name))
      if (opened === undefined) throw new AppError('POOL_FILE_NOT_FOUND')
      await serveFile(request, reply, opened, parts)
    },
  })
  app.route({
    method: ['GET', 'HEAD'],
    url: `${HTTP_ROUTES.workerPool}/:name`,
    config: { access: { auth: 'capability', body: 'none', rate: 'none' } },
    schema: {
      ...about('workers', 'Read an input', 'Only the inputs of the capability’s own task.'),
      params: nameParamsSchema,
    },
    handler: async (request, reply) => {
      const { task } = workerOfRequest(request)
      const md5 = md5Of(request.params.name)
      const { payload } = task
      const isInput = 'audio' in payload && (md5 === payload.audio.md5 || md5 === payload.video.md5)
      if (!isInput) throw new AppError('POOL_FILE_NOT_FOUND')
      const opened = await parts.pool.open(task.tenant, md5)
      if (opened === undefined) throw await inputGone(parts, task.tenant, md5)
      await serveFile(request, reply, opened, parts)
    },
  })
}

/** An input that was here when its task was made: no later try will find it, so the worker is told what it is. */
async function inputGone(parts: GatewayParts, tenant: string, md5: string): Promise<AppError> {
  const why = await parts.pool.whyGone(tenant, md5)
  return why === 'damaged' || why === 'lost'
    ? new AppError('INPUT_CORRUPT')
    : new AppError('INPUT_MISSING', { data: { missing: md5 } })
}

function checkFilesRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(HTTP_ROUTES.checkFiles, {
    config: { access: { auth: 'tenant', body: 'json', rate: 'request' } },
    schema: {
      ...about(
        'files',
        'Which files the pool has',
        'Keyed by MD5. With `sha256` another content under the MD5 is false.',
      ),
      body: checkFilesRequestSchema,
      response: { 200: successEnvelope(checkFilesAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const { files } = request.body
      const found = await parts.pool.findMany(
        tenantOfRequest(request),
        files.map((file) => file.hash),
      )
      const data = files.map(({ hash, sha256 }): [string, boolean] => {
        const stored = found.get(hash)
        return [hash, stored !== undefined && (sha256 === undefined || stored.sha256 === sha256)]
      })
      return { code: 0 as const, msg: 'ok', data: Object.fromEntries(data) }
    },
  })
}

function md5Of(name: string): string {
  const md5 = md5Schema.safeParse(name.slice(0, MD5_DIGITS))
  if (!md5.success) throw schemaError(['md5'], 'invalid_format')
  if (!poolExtSchema.safeParse(name.slice(MD5_DIGITS)).success) throw schemaError(['ext'], 'invalid_value')
  return md5.data
}
