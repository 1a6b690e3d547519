import type { IncomingMessage } from 'node:http'
import { errorEntry } from '../../protocol/errors/index.ts'
import { failureEnvelopeSchema } from '../../protocol/http/index.ts'
import { AppError } from '../../shared/index.ts'

const MAX_REFUSAL_BYTES = 64 * 1024

/** What a status without our envelope means: a proxy in between, or the tus layer's own plain text. */
const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'AUTH_INVALID',
  403: 'AUTH_INVALID',
  404: 'POOL_FILE_NOT_FOUND',
  409: 'OFFSET_MISMATCH',
  410: 'UPLOAD_NOT_FOUND',
  413: 'FILE_TOO_LARGE',
  416: 'RANGE_NOT_SATISFIABLE',
  423: 'UPLOAD_LOCKED',
  429: 'RATE_LIMITED',
  460: 'HASH_MISMATCH',
  507: 'DISK_FULL',
}

/** The refusal an answer carries, with its body read to the end so that the connection can be used again. */
export async function readRefusal(response: IncomingMessage): Promise<AppError> {
  const status = response.statusCode ?? 0
  const text = await readText(response)
  const retryAfterMs = retryAfterOf(response)
  const envelope = parseEnvelope(text)
  if (envelope !== undefined) {
    const { code, message, hint, retryable, data, field, retry_after_ms } = envelope
    const waitMs = retryAfterMs ?? retry_after_ms
    return new AppError(code, {
      message,
      hint,
      retryable,
      ...(data === undefined ? {} : { data }),
      ...(field === undefined ? {} : { field }),
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    })
  }
  const code = CODE_BY_STATUS[status] ?? (status >= 500 ? 'GATEWAY_UNREACHABLE' : 'GATEWAY_NOT_OURS')
  return new AppError(code, {
    message: `the gateway answered ${status} ${text.slice(0, 200)}`.trim(),
    retryable: status >= 500 || errorEntry(code).retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** An answer whose body nobody needs. */
export function discard(response: IncomingMessage): void {
  response.on('error', () => undefined)
  response.resume()
}

function parseEnvelope(text: string) {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return failureEnvelopeSchema.safeParse(value).data?.error
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.byteLength
      if (sizeBytes > MAX_REFUSAL_BYTES) break
      chunks.push(chunk)
    }
  } catch {
    // The status alone still says what happened.
  }
  return Buffer.concat(chunks).toString('utf8')
}

function retryAfterOf(response: IncomingMessage): number | undefined {
  const seconds = Number.parseFloat(response.headers['retry-after'] ?? '')
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}
