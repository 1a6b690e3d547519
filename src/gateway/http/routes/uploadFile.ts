import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { Multipart } from '@fastify/multipart'
import { z } from 'zod'
import { md5Schema, poolExtSchema } from '../../../protocol/files/index.ts'
import type { PoolFile } from '../../../protocol/files/index.ts'
import { HTTP_ROUTES, successEnvelope, uploadFileAnswerSchema } from '../../../protocol/http/index.ts'
import { AppError } from '../../../shared/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { tenantOfRequest } from '../checks/pipeline.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { schemaError } from '../toAppError.ts'
import { about, REFUSALS } from './describe.ts'
import { Spool } from './spool.ts'

const MAX_FIELD_BYTES = 1_024
const MAX_FIELDS = 8
const MAX_PARTS = 16

const fieldsSchema = z.object({ hash: md5Schema, ext: poolExtSchema })

/** The one-shot upload of field clients. Fields before the file stream straight into the pool. */
export async function uploadFileRoute(app: GatewayApp, parts: GatewayParts, spoolDir: string): Promise<void> {
  await app.register(multipart, {
    limits: {
      // One more than the pool takes: the pool refuses it, instead of getting a file cut to size.
      fileSize: parts.limits.maxFileBytes + 1,
      files: 1,
      fields: MAX_FIELDS,
      parts: MAX_PARTS,
      fieldSize: MAX_FIELD_BYTES,
      fieldNameSize: 100,
    },
  })
  app.post(HTTP_ROUTES.uploadFile, {
    config: { access: { auth: 'tenant', body: 'multipart', rate: 'request' } },
    schema: {
      ...about('files', 'Upload a file in one request', UPLOAD_DESCRIPTION),
      consumes: ['multipart/form-data'],
      response: { 200: successEnvelope(uploadFileAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const file = await receive(parts, tenantOfRequest(request), request.parts(), spoolDir)
      return { code: 0 as const, msg: 'ok', data: { hash: file.md5, size: file.size } }
    },
  })
}

const UPLOAD_DESCRIPTION =
  'Parts `file`, `hash` (MD5), `ext`. Verified before it is visible; a mismatch is 422 and nothing is kept. Send ' +
  '`hash` and `ext` before `file` where you can: the bytes then go straight to their place.'

async function receive(
  parts: GatewayParts,
  tenant: string,
  incoming: AsyncIterable<Multipart>,
  spoolDir: string,
): Promise<PoolFile> {
  const fields: Record<string, unknown> = {}
  const spool = new Spool(spoolDir, parts.pool)
  let stored: PoolFile | undefined
  try {
    for await (const part of incoming) {
      if (part.type === 'field') fields[part.fieldname] = part.value
      else if (part.fieldname !== 'file') throw new AppError('SCHEMA', { field: part.fieldname.slice(0, 100) })
      else if ('hash' in fields && 'ext' in fields) stored = await put(parts, tenant, fields, part.file)
      else await spool.take(part.file)
    }
    if (stored !== undefined) return stored
    const spooled = spool.open()
    if (spooled === undefined) throw new AppError('SCHEMA', { field: 'file' })
    return await put(parts, tenant, fields, spooled)
  } finally {
    await spool.drop()
  }
}

async function put(
  parts: GatewayParts,
  tenant: string,
  fields: Readonly<Record<string, unknown>>,
  source: Readable,
): Promise<PoolFile> {
  const parsed = fieldsSchema.safeParse(fields)
  if (!parsed.success) {
    source.resume()
    const [issue] = parsed.error.issues
    throw schemaError(issue?.path.map(String) ?? [], issue?.code ?? '')
  }
  return parts.pool.put(tenant, { md5: parsed.data.hash, ext: parsed.data.ext }, source)
}
