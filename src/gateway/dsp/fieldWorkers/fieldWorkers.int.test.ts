import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { fieldMedia, FieldWorkerFake } from '../../../../test/fakes/fieldWorker/index.ts'
import {
  FIELD_TOKEN,
  FIELD_WAIT,
  expectFieldResult,
  openFieldBenches,
  submitField,
  untilStatus,
  untilSynthesized,
} from '../../testing/fieldBench.ts'
import { status } from '../../testing/taskCalls.ts'

const { atEnd, bench, fake, pair, plainBench } = openFieldBenches()

describe('a worker of the field', () => {
  it('gets its inputs, runs the task and brings a result that plays', async () => {
    const { at, gpu } = await pair({ secret: 'the-secret-of-its-http-side' })
    const taskId = await submitField(at)
    const task = await untilStatus(at, taskId, 'done')
    expect(task).toMatchObject({
      engine: 'heygem',
      server_id: 'GPU-001',
      attempts: 1,
      output: { width: 64, height: 48 },
    })
    await expectFieldResult(at, taskId)
    const { voice, avatar } = await fieldMedia()
    const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')
    expect(gpu.http.uploads.toSorted()).toEqual([md5(voice), md5(avatar)].toSorted())
    expect(gpu.serverIds).toEqual(['GPU-001'])
    // Ours, not the client's: it becomes a folder there.
    expect(gpu.requestIds).toEqual([expect.stringMatching(/^[a-z0-9]{8,40}$/)])
  })

  it('is let in by its token or the worker secret, in a header too, and by nothing else', async () => {
    const gpu = await fake({ tokenIn: 'header' })
    const at = await bench({ serverUrl: gpu.url })
    gpu.connect(at.dspUrl)
    const bySecret = await FieldWorkerFake.start({ token: at.workerSecret, from: '127.0.0.3' })
    atEnd(() => bySecret.stop())
    bySecret.connect(at.dspUrl)
    const stranger = await fake({ token: `${FIELD_TOKEN}-not`, from: '127.0.0.4' })
    stranger.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect([gpu.serverIds.length, bySecret.serverIds.length]).toEqual([1, 1])
      expect(stranger.closeCodes).toContain(4401)
    }, FIELD_WAIT)
    expect(stranger.serverIds).toEqual([])
  })

  it('is not let in without --field-workers', async () => {
    const at = await plainBench()
    const byUrl = await fake({ token: at.workerSecret })
    const byHeader = await fake({ token: at.workerSecret, tokenIn: 'header' })
    byUrl.connect(at.dspUrl)
    byHeader.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(byUrl.closeCodes.length).toBeGreaterThan(0)
      expect(byHeader.closeCodes).toContain(4401)
    }, FIELD_WAIT)
    // The address with a token is refused before there is a socket.
    expect(byUrl.closeCodes).not.toContain(4401)
    expect([byUrl.serverIds, byHeader.serverIds]).toEqual([[], []])
  })

  it('takes a cache hit under another task id', async () => {
    const { at, gpu } = await pair()
    await untilStatus(at, await submitField(at), 'done')
    const second = await submitField(at, 'two')
    await untilStatus(at, second, 'done')
    await expectFieldResult(at, second)
    expect([gpu.jobs.length, gpu.taskCount]).toEqual([2, 1])
  })

  it('gets a fresh request id with each try, since one it has seen is ignored', async () => {
    const gpu = await fake({ switches: { loseAcceptances: 1, cache: false } })
    const at = await bench({ serverUrl: gpu.url, timings: { acceptMs: 200 } })
    gpu.connect(at.dspUrl)
    const taskId = await submitField(at)
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ attempts: 2 })
    expect(new Set(gpu.requestIds).size).toBe(2)
    await expectFieldResult(at, taskId)
  })

  it('is asked for its progress, which never falls and is no invention', async () => {
    const { at } = await pair({ switches: { wobble: true } })
    const taskId = await submitField(at)
    const seen: (number | null)[] = []
    await vi.waitFor(async () => {
      const task = await status(at, taskId)
      if (task.status === 'processing') seen.push(task.progress)
      expect(task.status).toBe('done')
    }, FIELD_WAIT)
    const told = seen.filter((percent) => percent !== null)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
    expect(told).not.toContain(1)
  })

  it('tells its own words when the run fails, and a text of memory as such', async () => {
    const { at, gpu } = await pair({ switches: { failWith: '存在多人脸' } })
    const task = await untilStatus(at, await submitField(at), 'error')
    expect(task).toMatchObject({ error_code: 'ENGINE_FAILED', attempts: 1 })
    expect(task.error_msg).toContain('存在多人脸')
    gpu.switches.failWith = 'CUDA error: out of memory'
    expect(await untilStatus(at, await submitField(at, 'two'), 'error')).toMatchObject({
      error_code: 'GPU_OOM',
      attempts: 2,
    })
  })

  it('loses nothing by an HTTP side that stumbles', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submitField(at)
    await untilSynthesized(at, taskId)
    gpu.switches.garbage = 4
    await vi.waitFor(() => {
      expect(gpu.switches.garbage).toBe(0)
    }, FIELD_WAIT)
    gpu.switches.hang = false
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ attempts: 1 })
  })

  it('is refused an upload that arrived with other bytes, and gets it again', async () => {
    const { at, gpu } = await pair({ switches: { damageUpload: true } })
    const taskId = await submitField(at)
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ attempts: 2 })
    expect(gpu.http.uploads).toHaveLength(3)
  })
})

describe('a result of the field', () => {
  it.each(['missing', 'empty', 'truncated'] as const)('is not taken when it is %s', async (result) => {
    const { at, gpu } = await pair({ switches: { result, cache: false } }, { queueTimings: { maxAttempts: 2 } })
    const failed = await untilStatus(at, await submitField(at), 'error')
    expect(failed).toMatchObject({ error_code: 'RESULT_INVALID', attempts: 2, output: null })
    gpu.switches.result = 'ok'
    await untilStatus(at, await submitField(at, 'two'), 'done')
  })
})
