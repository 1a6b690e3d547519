import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../shared/index.ts'
import { toNetworkError } from './networkError.ts'
import { readAnswer } from './readAnswer.ts'

const schema = z.object({ code: z.literal(0), data: z.string() })
const read = (status: number, body: unknown, retryAfter: string | null = null): unknown => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  try {
    return readAnswer({ status, text, retryAfter }, schema, 'gpu:9501')
  } catch (error) {
    return AppError.from(error).toJSON()
  }
}

describe('readAnswer', () => {
  it('gives the parsed body of a success', () => {
    expect(read(200, { code: 0, data: 'x', more: 1 })).toEqual({ code: 0, data: 'x' })
  })

  it('gives the gateway’s own refusal, with when to come back', () => {
    const error = { code: 'RATE_LIMITED', message: 'm', hint: 'h', retryable: true, data: { limit: 60 } }
    expect(read(429, { code: 429, msg: 'm', error, request_id: 'q' }, '7')).toEqual({
      code: 'RATE_LIMITED',
      message: 'm',
      hint: 'h',
      retryable: true,
      retryAfterMs: 7_000,
      data: { limit: 60 },
    })
  })

  it('keeps the id under which the gateway’s log has the rest of its fault', () => {
    const error = { code: 'INTERNAL', message: 'm', hint: 'h', retryable: true }
    expect(read(500, { code: 500, msg: 'm', error, request_id: 'q' })).toMatchObject({ data: { request_id: 'q' } })
  })

  it.each([
    ['a web page', 200, '<html>', 'GATEWAY_NOT_OURS'],
    ['another service', 200, { ok: true }, 'GATEWAY_NOT_OURS'],
    ['another 404', 404, 'Not Found', 'GATEWAY_NOT_OURS'],
    ['a proxy whose gateway is away', 502, '<h1>Bad Gateway</h1>', 'GATEWAY_UNREACHABLE'],
  ])('knows %s', (_, status, body, code) => {
    expect(read(status, body)).toMatchObject({ code, data: { host: 'gpu:9501' } })
  })
})

describe('toNetworkError', () => {
  const failure = (code: string): Error => Object.assign(new Error('x'), { code })
  it.each([
    ['ENOTFOUND', 'GATEWAY_NAME_UNKNOWN'],
    ['EAI_AGAIN', 'GATEWAY_NAME_UNKNOWN'],
    ['ECONNREFUSED', 'GATEWAY_UNREACHABLE'],
    ['UND_ERR_CONNECT_TIMEOUT', 'GATEWAY_UNREACHABLE'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'GATEWAY_TLS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'GATEWAY_TLS'],
    ['CERT_HAS_EXPIRED', 'GATEWAY_TLS'],
    ['EPROTO', 'GATEWAY_TLS'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'GATEWAY_PLAIN'],
  ])('finds %s below the causes', (code, expected) => {
    const thrown = new TypeError('fetch failed', { cause: new AggregateError([failure(code)]) })
    expect(toNetworkError(thrown, 'gpu:9501').code).toBe(expected)
    expect(toNetworkError(new TypeError('fetch failed', { cause: failure(code) }), 'gpu:9501').code).toBe(expected)
  })
})
