import type { z } from 'zod'
import { errorEntry } from '../../protocol/errors/index.ts'
import { failureEnvelopeSchema } from '../../protocol/http/index.ts'
import type { FailureEnvelope } from '../../protocol/http/index.ts'
import { AppError } from '../../shared/index.ts'

/** The part of a response that is needed to judge it. */
export interface HttpAnswer {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | null
}

/**
 * The parsed body of a success, or the gateway's own refusal as an AppError. A body that fits neither did not come
 * from a gateway: GATEWAY_NOT_OURS, or GATEWAY_UNREACHABLE for a proxy's 5xx in front of one.
 */
export function readAnswer<T>(answer: HttpAnswer, schema: z.ZodType<T>, host: string): T {
  const body = parseJson(answer.text)
  if (answer.status >= 200 && answer.status < 300) {
    const parsed = schema.safeParse(body)
    if (parsed.success) return parsed.data
    throw notOurs(host, 'the answer has another form')
  }
  const failure = failureEnvelopeSchema.safeParse(body)
  if (failure.success) throw toAppError(withRequestId(failure.data), answer)
  if (answer.status >= 500) {
    throw new AppError('GATEWAY_UNREACHABLE', {
      message: `${host} answered ${String(answer.status)} without a gateway's envelope`,
      data: { host },
      retryable: true,
    })
  }
  throw notOurs(host, `status ${String(answer.status)}`)
}

interface Refusal {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly field?: string | undefined
  readonly retryable: boolean
  readonly retry_after_ms?: number | undefined
  readonly data?: Readonly<Record<string, string | number | boolean>> | undefined
}

function toAppError(refusal: Refusal, answer: HttpAnswer): AppError {
  const retryAfterMs = refusal.retry_after_ms ?? headerMs(answer.retryAfter)
  return new AppError(refusal.code, {
    message: refusal.message,
    hint: refusal.hint,
    retryable: refusal.retryable || errorEntry(refusal.code).retryable,
    ...(refusal.field === undefined ? {} : { field: refusal.field }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(refusal.data === undefined ? {} : { data: refusal.data }),
  })
}

/** The sentence about a fault of the gateway names the id under which its log has the rest. */
function withRequestId({ error, request_id }: FailureEnvelope): Refusal {
  return error.code === 'INTERNAL' ? { ...error, data: { ...error.data, request_id } } : error
}

function headerMs(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined
}

function notOurs(host: string, reason: string): AppError {
  return new AppError('GATEWAY_NOT_OURS', { message: `${host} is not a gateway: ${reason}`, data: { host } })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
