import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { judgeFailure } from './judgeFailure.ts'

const half = (): number => 0.5

describe('judgeFailure', () => {
  it.each(['GATEWAY_UNREACHABLE', 'GATEWAY_NAME_UNKNOWN', 'AUTH_INVALID', 'DISK_FULL', 'QUEUE_FULL_TENANT'])(
    'waits for %s as long as it takes',
    (code) => {
      expect(judgeFailure(new AppError(code), 10_000, half).kind).toBe('wait')
    },
  )

  it.each(['INPUT_CHANGED', 'FILE_NOT_FOUND', 'MEDIA_INVALID', 'REQUEST_ID_CONFLICT', 'RESULT_GONE', 'OUTPUT_EXISTS'])(
    'fails at once for %s',
    (code) => {
      expect(judgeFailure(new AppError(code, { retryable: true }), 0, half)).toEqual({ kind: 'fail' })
    },
  )

  it('tries a mismatch again a few times', () => {
    const verdicts = Array.from({ length: 6 }, (_, n) => judgeFailure(new AppError('DOWNLOAD_MISMATCH'), n, half).kind)
    expect(verdicts).toEqual(['wait', 'wait', 'wait', 'wait', 'wait', 'fail'])
  })

  it('honours Retry-After before its own back-off', () => {
    const error = new AppError('RATE_LIMITED', { retryAfterMs: 42_000 })
    expect(judgeFailure(error, 0, half)).toEqual({ kind: 'wait', waitMs: 42_000 })
  })

  it('waits longer each time, up to a cap, and never not at all', () => {
    const waits = [0, 1, 2, 20].map((n) => judgeFailure(new AppError('SHUTTING_DOWN'), n, half))
    expect(waits.map((verdict) => (verdict.kind === 'wait' ? verdict.waitMs : 0))).toEqual([750, 1_250, 2_250, 15_250])
    expect(judgeFailure(new AppError('SHUTTING_DOWN'), 0, () => 0)).toEqual({ kind: 'wait', waitMs: 250 })
  })
})
