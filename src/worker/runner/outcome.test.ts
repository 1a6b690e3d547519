import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { outcomeOfFailure, RunStopped, toResultFrame } from './outcome.ts'

const REF = { task_id: `t_${'0'.repeat(32)}`, epoch: 2, token: 'a'.repeat(32) }

describe('outcomeOfFailure', () => {
  it('owes nothing for an abandoned run', () => {
    expect(outcomeOfFailure(new RunStopped('abandoned'), 'preview')).toBeUndefined()
  })

  it('answers a cancel as cancelled, and a stop as a retry', () => {
    expect(outcomeOfFailure(new RunStopped('cancelled'), 'preview')).toEqual({ kind: 'cancelled' })
    expect(outcomeOfFailure(new RunStopped('handedBack'), 'preview')).toMatchObject({
      code: 'WORKER_LOST',
      retryable: true,
    })
  })

  it('keeps a known code with its data, and calls everything else ENGINE_FAILED', () => {
    const known = new AppError('MEDIA_LIMIT', { message: 'too long', data: { limit: 'maxSeconds' } })
    expect(outcomeOfFailure(known, 'preview')).toEqual({
      ...{ kind: 'failed', code: 'MEDIA_LIMIT', message: 'too long', retryable: false, engine: 'preview' },
      data: { limit: 'maxSeconds' },
    })
    expect(outcomeOfFailure(new TypeError('bug'), 'preview')).toMatchObject({ code: 'ENGINE_FAILED', message: 'bug' })
    expect(outcomeOfFailure(new AppError('NOT_IN_CATALOGUE'), 'preview')).toMatchObject({ code: 'ENGINE_FAILED' })
  })

  it('cuts what a foreign engine says to a size that travels', () => {
    const outcome = outcomeOfFailure(new Error('x'.repeat(1_000_000)), 'preview')
    const frame = outcome === undefined ? undefined : toResultFrame(REF, outcome)
    expect(JSON.stringify(frame).length).toBeLessThan(6_000)
  })
})
