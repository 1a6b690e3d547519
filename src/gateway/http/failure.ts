import { describeError, errorEntry, isErrorCode } from '../../protocol/errors/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { FailureEnvelope } from '../../protocol/http/index.ts'
import { AppError, randomId } from '../../shared/index.ts'

type ErrorData = NonNullable<AppError['data']>

export interface Failure {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: FailureEnvelope
}

/** An id for one request, in its answer and in the log. Never taken from the client. */
export function newRequestId(): string {
  return randomId('r')
}

/** A refusal as it leaves the HTTP door. What is not in the catalogue is nobody's business: INTERNAL. */
export function failureOf(thrown: AppError, language: Language, requestId: string): Failure {
  const error = isErrorCode(thrown.code) ? thrown : new AppError('INTERNAL', { cause: thrown })
  const entry = errorEntry(error.code)
  const shown = shownData(error)
  const text = describeError({ code: error.code, data: { ...shown, request_id: requestId } }, language)
  return {
    status: entry.status,
    headers: headersOf(error, entry.status),
    body: {
      code: entry.status,
      msg: text.message,
      error: {
        code: error.code,
        ...text,
        retryable: error.retryable || entry.retryable,
        ...(error.field === undefined ? {} : { field: error.field }),
        ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
        ...(shown === undefined ? {} : { data: shown }),
      },
      request_id: requestId,
    },
  }
}

/** A refusal written by hand onto a socket that no response object exists for. */
export function rawFailure(failure: Failure): string {
  const body = JSON.stringify(failure.body)
  const headers = { ...SECURITY_HEADERS, ...failure.headers, 'content-type': 'application/json; charset=utf-8' }
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' })
  const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')
  return `HTTP/1.1 ${failure.status} ${failure.body.error.code}\r\n${head}\r\n\r\n${body}`
}

/** On every answer: nothing here is a page, and nothing here is for another site's page. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function headersOf(error: AppError, status: number): Record<string, string> {
  const headers: Record<string, string> = {}
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  if (error.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000))
  else if (status === 429 || status === 503 || status === 507) headers['retry-after'] = '5'
  return headers
}

/** Paths of this machine stay here, short ones too: which disk is full is for its operator's log. */
function shownData({ code, data }: AppError): ErrorData | undefined {
  if (code === 'DISK_FULL') return { where: 'gateway' }
  if (data === undefined) return undefined
  const shown = Object.entries(data).filter(
    ([, value]) => typeof value !== 'string' || !/^(?:\/|[A-Za-z]:|\\)/.test(value),
  )
  return shown.length === 0 ? undefined : Object.fromEntries(shown)
}
