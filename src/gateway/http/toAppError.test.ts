import { describe, expect, it } from 'vitest'
import { failureOf } from './failure.ts'
import { toAppError } from './toAppError.ts'

const failed = (code: string): Error => Object.assign(new Error(`${code}: no, open '/data/pool/x'`), { code })

describe('what the operating system refuses', () => {
  it.each([
    ['EACCES', 503, 'STORE_UNAVAILABLE'],
    ['EROFS', 503, 'STORE_UNAVAILABLE'],
    ['EMFILE', 503, 'STORE_UNAVAILABLE'],
    ['ENOSPC', 507, 'DISK_FULL'],
  ])('%s is told as %i %s, to be tried again, without the path', (errno, status, code) => {
    const failure = failureOf(toAppError(failed(errno)), 'en', 'r_1')
    expect(failure).toMatchObject({ status, body: { error: { code, retryable: true } } })
    expect(JSON.stringify(failure)).not.toContain('/data')
  })

  it('keeps what nobody foresaw a fault of ours', () => {
    expect(toAppError(failed('EWEIRD')).code).toBe('INTERNAL')
  })
})
