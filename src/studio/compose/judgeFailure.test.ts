import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { judgeFailure } from './judgeFailure.ts'

const half = (): number => 0.5
const after = (attempt: number, isAtGateway = false) => ({ attempt, isAtGateway })

describe('judgeFailure', () => {
  const waits = ['GATEWAY_UNREACHABLE', 'GATEWAY_NAME_UNKNOWN', 'AUTH_INVALID', 'DISK_FULL', 'QUEUE_FULL_TENANT']
  it.each([...waits, 'UPLOADS_FULL', 'DOWNLOADS_FULL', 'STORE_UNAVAILABLE'])(
    'waits for %s as long as it takes',
    (code) => {
      expect(judgeFailure(new AppError(code), after(10_000), half).kind).toBe('wait')
    },
  )

  it.each(['INPUT_CHANGED', 'FILE_NOT_FOUND', 'MEDIA_INVALID', 'REQUEST_ID_CONFLICT', 'RESULT_GONE', 'OUTPUT_EXISTS'])(
    'fails at once for %s',
    (code) => {
      expect(judgeFailure(new AppError(code, { retryable: true }), after(0), half)).toEqual({ kind: 'fail' })
    },
  )

  it('tries a mismatch again a few times', () => {
    const error = new AppError('DOWNLOAD_MISMATCH')
    const verdicts = Array.from({ length: 6 }, (_, n) => judgeFailure(error, after(n), half).kind)
    expect(verdicts).toEqual(['wait', 'wait', 'wait', 'wait', 'wait', 'fail'])
  })

  it('honours Retry-After before its own back-off', () => {
    const error = new AppError('RATE_LIMITED', { retryAfterMs: 42_000 })
    expect(judgeFailure(error, after(0), half)).toEqual({ kind: 'wait', waitMs: 42_000 })
  })

  it.each([
    [0, 250],
    [1e12, 3_600_000],
  ])('takes a Retry-After of %d ms within reason', (retryAfterMs, waitMs) => {
    expect(judgeFailure(new AppError('RATE_LIMITED', { retryAfterMs }), after(0), half)).toEqual({
      kind: 'wait',
      waitMs,
    })
  })

  it('never ends a task that the gateway has for a fault on the way to it', () => {
    expect(judgeFailure(new AppError('INTERNAL'), after(100, true), half).kind).toBe('wait')
    expect(judgeFailure(new AppError('INTERNAL'), after(5), half).kind).toBe('fail')
    // Bytes that are wrong each time stay wrong.
    expect(judgeFailure(new AppError('DOWNLOAD_MISMATCH'), after(5, true), half).kind).toBe('fail')
    expect(judgeFailure(new AppError('TASK_NOT_FOUND'), after(0, true), half).kind).toBe('fail')
  })

  it('waits longer each time, up to a cap, and never not at all', () => {
    const waits = [0, 1, 2, 20].map((n) => judgeFailure(new AppError('SHUTTING_DOWN'), after(n), half))
    expect(waits.map((verdict) => (verdict.kind === 'wait' ? verdict.waitMs : 0))).toEqual([750, 1_250, 2_250, 15_250])
    expect(judgeFailure(new AppError('SHUTTING_DOWN'), after(0), () => 0)).toEqual({ kind: 'wait', waitMs: 250 })
  })
})
