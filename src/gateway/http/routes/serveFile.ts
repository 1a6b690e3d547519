import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenedPoolFile } from '../../pool/port.ts'
import { AppError } from '../../../shared/index.ts'
import { contentTypeOf, planRange, sendFile } from '../../../shared/node/index.ts'

/** Sends a pool file on the raw response: one range, always as an attachment a browser will not run. */
export async function serveFile(
  request: FastifyRequest,
  reply: FastifyReply,
  opened: OpenedPoolFile,
  downloadName?: string,
): Promise<void> {
  const { file, path } = opened
  const { range } = request.headers
  // A condition may set the range aside; without one, an impossible range is refused with a body like any other.
  if (range !== undefined && request.headers['if-range'] === undefined) {
    if (planRange(range, file.size).kind === 'unsatisfiable') {
      reply.header('content-range', `bytes */${String(file.size)}`)
      throw new AppError('RANGE_NOT_SATISFIABLE')
    }
  }
  reply.hijack()
  try {
    await sendFile(request.raw, reply.raw, {
      path,
      contentType: contentTypeOf(file.ext),
      etag: file.sha256,
      downloadName: downloadName ?? `${file.md5}${file.ext}`,
    })
  } catch (error) {
    // Headers are out: the only honest end is a broken connection.
    reply.raw.destroy()
    throw error
  }
}
