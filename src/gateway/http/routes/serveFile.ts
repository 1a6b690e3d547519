import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../../shared/index.ts'
import type { GatewayParts } from '../../parts.ts'
import type { OpenedPoolFile } from '../../pool/port.ts'
import { LEAST_BYTES_PER_SECOND } from '../../settings/defaults.ts'
import { contentTypeOf, planRange, sendFile } from '../../../shared/node/index.ts'
import type { ReaderPatience } from '../../../shared/node/index.ts'

/** As many as make up for what a system takes from us at once, at the least rate. */
const SAVED_WINDOWS = 6

/** One of the others has ended by then, or nobody reads them. */
const FULL_RETRY_MS = 5_000

type SendingParts = Pick<GatewayParts, 'clock' | 'timings' | 'limits' | 'downloads'>

/**
 * Sends a pool file on the raw response: one range, always as an attachment a browser will not run. A connection that
 * is read at less than the least rate is closed, and so is one whose key is revoked. Throws DOWNLOADS_FULL for a tenant
 * that has too many open.
 */
export async function serveFile(
  request: FastifyRequest,
  reply: FastifyReply,
  opened: OpenedPoolFile,
  parts: SendingParts,
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
  const leave = takePlace(request, reply, parts)
  reply.hijack()
  try {
    const served = {
      path,
      contentType: contentTypeOf(file.ext),
      etag: file.sha256,
      downloadName: downloadName ?? `${file.md5}${file.ext}`,
    }
    await sendFile(request.raw, reply.raw, served, patienceOf(parts))
  } catch (error) {
    // Headers are out: the only honest end is a broken connection.
    reply.raw.destroy()
    throw error
  } finally {
    leave()
  }
}

/** Only tenants are counted: a worker reads the inputs of the tasks that it was given. */
function takePlace({ caller }: FastifyRequest, reply: FastifyReply, { downloads, limits }: SendingParts): () => void {
  if (caller?.kind !== 'tenant') return () => undefined
  const leave = downloads.add(caller, () => {
    reply.raw.destroy()
  })
  if (leave !== undefined) return leave
  const data = { limit: limits.downloadsPerTenant }
  throw new AppError('DOWNLOADS_FULL', { retryable: true, retryAfterMs: FULL_RETRY_MS, data })
}

function patienceOf({ clock, timings }: SendingParts): ReaderPatience {
  const everyMs = timings.downloadCheckMs
  return { clock, everyMs, leastBytes: (LEAST_BYTES_PER_SECOND * everyMs) / 1000, savedWindows: SAVED_WINDOWS }
}
