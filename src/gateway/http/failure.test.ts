import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../protocol/errors/index.ts'
import { failureEnvelopeSchema } from '../../protocol/http/index.ts'
import { AppError } from '../../shared/index.ts'
import { failureOf, rawFailure } from './failure.ts'

describe('failureOf', () => {
  it('gives every code an envelope in both languages, with a status that is an error', () => {
    for (const code of ERROR_CODES) {
      for (const language of ['en', 'zh-CN'] as const) {
        const failure = failureOf(new AppError(code), language, 'r_1')
        const { error } = failureEnvelopeSchema.parse(failure.body)
        expect([failure.status >= 400, error.code, error.message !== '', error.hint !== '']).toEqual([
          true,
          code,
          true,
          true,
        ])
      }
    }
  })

  it('says nothing of what it does not know, and no path of this machine', () => {
    const cause = new Error('ENOENT /srv/secret/place')
    const unknown = failureOf(AppError.from(cause), 'en', 'r_7')
    expect(JSON.stringify(unknown)).not.toContain('/srv')
    expect(unknown.body.error).toMatchObject({ code: 'INTERNAL', hint: expect.stringContaining('r_7') as unknown })
    const full = new AppError('DISK_FULL', { data: { path: '/srv/secret/place', where: 'secret/place' } })
    const told = failureOf(full, 'en', 'r_8').body.error
    expect(told).toMatchObject({ data: { where: 'gateway' }, retryable: true })
    expect(JSON.stringify(told)).not.toContain('secret')
    expect(failureOf(new AppError('NOT_IN_THE_CATALOGUE'), 'en', 'r_9').body.error.code).toBe('INTERNAL')
  })

  it('tells when to come back', () => {
    expect(failureOf(new AppError('RATE_LIMITED', { retryAfterMs: 1_200 }), 'en', 'r').headers['retry-after']).toBe('2')
    expect(failureOf(new AppError('DISK_FULL'), 'en', 'r').headers['retry-after']).toBe('5')
    expect(failureOf(new AppError('AUTH_REQUIRED'), 'en', 'r').headers['www-authenticate']).toBe('Bearer')
  })

  it('writes the same answer onto a bare socket, with its exact length', () => {
    const text = rawFailure(failureOf(new AppError('HOST_NOT_ALLOWED'), 'zh-CN', 'r_1'))
    const [head = '', body = ''] = text.split('\r\n\r\n')
    expect(head).toContain(`content-length: ${String(Buffer.byteLength(body))}`)
    expect(head.startsWith('HTTP/1.1 421 ')).toBe(true)
  })
})
