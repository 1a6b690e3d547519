import { describe, expect, it } from 'vitest'
import { decideJob } from './decide.ts'
import type { RunnerView } from './decide.ts'

const FREE: RunnerView = {
  taskTypes: ['heygem_submit'],
  features: ['loop'],
  freeSlots: 1,
  isBehind: false,
  isDraining: false,
  notReadyReason: undefined,
  runningEpoch: undefined,
  owed: undefined,
}
const JOB = { epoch: 3, task_type: 'heygem_submit', options: {} }
const SUCCEEDED = {
  kind: 'succeeded',
  engine: 'preview',
  output: { md5: '', sha256: '', ext: '.mp4', size: 1, duration_ms: 1, width: 2, height: 2, fps: 25 },
} as const
const FAILED = { kind: 'failed', code: 'TIMEOUT', message: '', retryable: true } as const

describe('decideJob', () => {
  it.each<[string, Partial<RunnerView>, ReturnType<typeof decideJob>]>([
    ['a free slot runs it', {}, { kind: 'run' }],
    [
      'results wait to be taken',
      { isBehind: true },
      { kind: 'reject', reason: 'too many results wait for the gateway to take them', retryable: true },
    ],
    ['no slot', { freeSlots: 0 }, { kind: 'reject', reason: 'no free slot', retryable: true }],
    ['draining', { isDraining: true }, { kind: 'reject', reason: 'the worker is draining', retryable: true }],
    [
      'engine not ready',
      { notReadyReason: 'no FFmpeg' },
      { kind: 'reject', reason: 'ENGINE_NOT_READY no FFmpeg', retryable: true },
    ],
    [
      'unknown type',
      { taskTypes: [] },
      { kind: 'reject', reason: 'TASK_TYPE_UNKNOWN heygem_submit', retryable: false },
    ],
    ['runs under an older lease', { runningEpoch: 2, freeSlots: 0 }, { kind: 'goOn' }],
    ['runs under this lease', { runningEpoch: 3, freeSlots: 0 }, { kind: 'goOn' }],
    ['runs under a newer lease', { runningEpoch: 4 }, { kind: 'ignore' }],
    ['finished, not told', { owed: { epoch: 1, outcome: SUCCEEDED }, isDraining: true }, { kind: 'answer' }],
    ['failed, same lease again', { owed: { epoch: 3, outcome: FAILED } }, { kind: 'answer' }],
    ['failed, tried again', { owed: { epoch: 2, outcome: FAILED } }, { kind: 'run' }],
    ['an old frame of a finished run', { owed: { epoch: 4, outcome: SUCCEEDED } }, { kind: 'ignore' }],
  ])('%s', (_name, view, decision) => {
    expect(decideJob(JOB, { ...FREE, ...view })).toEqual(decision)
  })

  it.each([
    { options: { loop: 'pingpong' } as const, features: ['loop'], missing: undefined },
    {
      options: { loop: 'restart', super_resolution: false, ai_badge: false } as const,
      features: [],
      missing: undefined,
    },
    { options: { loop: 'pingpong' } as const, features: ['ai_badge'], missing: 'loop' },
    { options: { super_resolution: true }, features: ['loop', 'ai_badge'], missing: 'super_resolution' },
    { options: { ai_badge: true, super_resolution: true }, features: ['super_resolution'], missing: 'ai_badge' },
    {
      options: { ai_badge: true, super_resolution: true },
      features: ['ai_badge', 'super_resolution'],
      missing: undefined,
    },
  ])(
    'leaves out nothing that $options asks for: with $features it lacks $missing',
    ({ options, features, missing }) => {
      const refusal = {
        ...{
          kind: 'reject',
          reason: `OPTION_UNSUPPORTED ${missing ?? ''}`,
          retryable: false,
          code: 'OPTION_UNSUPPORTED',
        },
      }
      const decision = decideJob({ ...JOB, options }, { ...FREE, features, freeSlots: missing === undefined ? 1 : 0 })
      expect(decision).toEqual(missing === undefined ? { kind: 'run' } : refusal)
    },
  )

  it('removes files without an engine and without a slot, but not while draining', () => {
    const view = { ...FREE, taskTypes: ['delete_asset'], freeSlots: 0, notReadyReason: 'no FFmpeg' }
    const job = { epoch: 1, task_type: 'delete_asset', options: {} }
    expect(decideJob(job, view)).toEqual({ kind: 'run' })
    expect(decideJob(job, { ...view, isDraining: true })).toMatchObject({ kind: 'reject', retryable: true })
  })
})
