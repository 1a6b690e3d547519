import { describe, expect, it } from 'vitest'
import { resultFrameSchema } from '../../../protocol/dsp/workerFrames.ts'
import { AppError } from '../../../shared/index.ts'
import { acceptanceOf, fieldFrameSchema } from './fieldFrames.ts'
import { endOf, resultFrameOf } from './outcome.ts'
import { fieldWorkerId, plainAddress } from './serverAddress.ts'

const REF = { task_id: `t_${'0'.repeat(32)}`, epoch: 2, token: 'a'.repeat(32) }
const OUTPUT = {
  ...{ md5: '0'.repeat(32), sha256: '0'.repeat(64), ext: '.mp4' as const, size: 10 },
  ...{ duration_ms: 1000, width: 64, height: 48, fps: 25 },
} as const

function accept(frame: Readonly<Record<string, unknown>>) {
  const parsed = fieldFrameSchema.parse({ type: 'gpu.job.result', request_id: 'abcdefgh', ...frame })
  if (parsed.type !== 'gpu.job.result') throw new Error('another frame')
  return acceptanceOf(parsed)
}

describe('an answer to a job', () => {
  it('is an acceptance when it names a task, whatever else is in it', () => {
    const queue = { total_tasks: 1, processing: 1, queued: 0, max_concurrent: 4 }
    expect(accept({ error: false, result: { task_id: 'r1', queue }, new_field: 1 })).toEqual({
      ...{ kind: 'accepted', remoteId: 'r1' },
    })
    expect(accept({ result: { task_id: 'r1' } })).toMatchObject({ kind: 'accepted' })
  })

  it('is a refusal in its own words otherwise', () => {
    expect(accept({ error: true, error_msg: '404' })).toEqual({ kind: 'refused', detail: '404' })
    expect(accept({ error: 'no disk', result: { task_id: 'r1' } })).toEqual({ kind: 'refused', detail: 'no disk' })
    expect(accept({ error: false, result: {} })).toMatchObject({ kind: 'refused' })
    expect(accept({ error: false, result: null, error_msg: 5 })).toMatchObject({ kind: 'refused' })
  })
})

describe('the end of a run', () => {
  it('is told in the frame of a worker of our own', () => {
    const ends = [
      { kind: 'done', output: OUTPUT },
      { kind: 'cancelled' },
      { kind: 'lost' },
      endOf(new AppError('RUN_FORGOTTEN', { retryable: true, data: { times: 1 } })),
      endOf(new Error('a fault of ours')),
    ] as const
    for (const end of ends) expect(resultFrameSchema.safeParse(resultFrameOf(REF, end)).error).toBeUndefined()
  })

  it('is final when the engine says so, but for its memory', () => {
    expect(resultFrameOf(REF, endOf(new AppError('ENGINE_FAILED', { message: '存在多人脸' })))).toMatchObject({
      ...{ error_code: 'ENGINE_FAILED', error_msg: '存在多人脸', retryable: false },
    })
    for (const words of ['CUDA out of memory', 'RuntimeError: CUDA error: out of memory', '显存不足']) {
      expect(endOf(new AppError('ENGINE_FAILED', { message: words }))).toMatchObject({ code: 'GPU_OOM' })
    }
    expect(endOf(new AppError('GPU_SERVER_REFUSED', { message: 'out of memory' }))).toMatchObject({
      code: 'GPU_SERVER_REFUSED',
    })
  })
})

describe('the name of a field worker', () => {
  it('is its address, the same in every way it is written, and a valid worker id', () => {
    expect([fieldWorkerId('10.0.0.5'), fieldWorkerId('::ffff:10.0.0.5')]).toEqual(['field-10-0-0-5', 'field-10-0-0-5'])
    expect(plainAddress('::FFFF:10.0.0.5')).toBe('10.0.0.5')
    const long = fieldWorkerId('fe80:1234:5678:9abc:def0:1234:5678:9abc%a-very-long-interface')
    for (const id of [long, fieldWorkerId('::1'), fieldWorkerId('')]) expect(id).toMatch(/^[A-Za-z0-9_-]{4,64}$/)
    expect(fieldWorkerId('10.0.0.5')).not.toBe(fieldWorkerId('10.0.0.50'))
  })
})
