import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { AppError, isAppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { sendError, sendJson } from '../server/answer.ts'
import { withLeastRate } from './leastRate.ts'
import type { StagingArea, UploadRequest } from './stagingArea.ts'

const OFFSET_HEADER = 'upload-offset'
const WHOLE_NUMBER = /^\d{1,15}$/

const numberText = z.string().regex(WHOLE_NUMBER).transform(Number)
const idSchema = z.string().regex(/^[0-9a-f]{32}$/)
const uploadSchema = z.object({
  id: idSchema,
  name: z.string().min(1).max(1_024),
  sizeBytes: numberText,
  offset: numberText,
})

export interface FilesRouteDeps {
  readonly staging: StagingArea
  readonly clock: Clock
}

/** `HEAD /files?id=`: how much of an upload is here, in `upload-offset`. */
export async function answerOffset(url: URL, response: ServerResponse, { staging }: FilesRouteDeps): Promise<void> {
  const id = idSchema.safeParse(url.searchParams.get('id'))
  if (!id.success) throw new AppError('SCHEMA', { field: 'id' })
  response
    .writeHead(200, { [OFFSET_HEADER]: String(await staging.offsetOf(id.data)), 'cache-control': 'no-store' })
    .end()
}

/**
 * `PUT /files?id=&name=&size=` with the bytes from `upload-offset` on: 201 `{handle}` when the file is whole, 202
 * `{offset}` when more has to come. The caller has checked the token.
 */
export async function takeFile(
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
  { staging, clock }: FilesRouteDeps,
): Promise<void> {
  const upload = readUpload(request, url)
  // The default iterator would close the connection with the body, and no answer could be sent.
  const chunks = withLeastRate(request.iterator({ destroyOnReturn: false }), clock, () => request.destroy())
  const body = Object.assign(chunks, { destroy: () => request.destroy() })
  try {
    const result = await staging.receive(upload, body)
    if (result.kind === 'stored') sendJson(response, 201, { handle: result.handle })
    else sendJson(response, 202, { offset: result.offset })
  } catch (error) {
    if (request.destroyed && !request.complete) return
    if (!isAppError(error, 'OFFSET_MISMATCH')) throw error
    sendError(request, response, error, { [OFFSET_HEADER]: String(error.data?.['offset'] ?? 0) })
  }
}

function readUpload(request: IncomingMessage, url: URL): UploadRequest {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw new AppError('ENCODING_NOT_SUPPORTED')
  const query = url.searchParams
  const parsed = uploadSchema.safeParse({
    id: query.get('id'),
    name: query.get('name'),
    sizeBytes: query.get('size'),
    offset: request.headers[OFFSET_HEADER] ?? '0',
  })
  if (!parsed.success) throw new AppError('SCHEMA', { field: String(parsed.error.issues[0]?.path[0] ?? 'query') })
  const declared = Number(request.headers['content-length'] ?? 0)
  if (parsed.data.offset + declared > parsed.data.sizeBytes) throw new AppError('LENGTH_MISMATCH')
  return parsed.data
}
