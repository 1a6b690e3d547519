import { describe, expect, it, vi } from 'vitest'
import type { Job } from '../protocol/dsp/index.ts'
import { CAPABILITY_HEADER } from '../protocol/http/index.ts'
import type { GatewayBench } from './testing/gatewayBench.ts'
import { openBenches } from './testing/openBenches.ts'
import { refOf } from './testing/scriptedWorker.ts'
import type { ScriptedWorker } from './testing/scriptedWorker.ts'
import { AUDIO, OUTPUT, resultFrame, status, submit, tusUpload } from './testing/taskCalls.ts'

const { bench, worker } = openBenches()

async function finish(at: GatewayBench, gpu: ScriptedWorker, job: Job): Promise<string> {
  expect((await tusUpload(at, job.upload_url, OUTPUT, job)).status).toBe(204)
  gpu.send(resultFrame(refOf(job), OUTPUT))
  return (await gpu.next('gpu.job.result.ack')).outcome
}

describe('the life of one task', () => {
  it('waits while no GPU is there, runs by itself when one connects, and is downloaded', async () => {
    const at = await bench()
    const submitted = await submit(at, { request_id: 'first-task' })
    expect(submitted).toMatchObject({ status: 'queued', position: 1, gpu: 'offline', msg: 'Queued, about 2 minutes' })
    expect((await status(at, submitted.task_id, 'zh-CN')).message).toBe('任务已排队，请等待约2分钟')

    const gpu = await worker(at)
    expect(gpu.serverId).toBe('GPU-001')
    const job = await gpu.nextJob()
    expect(job).toMatchObject({ task_id: submitted.task_id, epoch: 1, task_type: 'heygem_submit' })
    expect(await status(at, submitted.task_id)).toMatchObject({ status: 'submitted', server_id: 'GPU-001' })

    const audio = job.inputs.find((input) => input.role === 'audio')
    const fetched = await at.call(audio?.url ?? '', { key: null, headers: { [CAPABILITY_HEADER]: job.capability } })
    expect(fetched.bytes).toEqual(AUDIO)
    gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
    gpu.send({ type: 'gpu.task.progress', ...refOf(job), stage: 'synthesize', progress: 40 })
    await vi.waitFor(async () => {
      const view = await status(at, submitted.task_id)
      expect(view).toMatchObject({ status: 'processing', stage: 'synthesize', progress: 40, attempts: 1 })
    })

    expect(await finish(at, gpu, job)).toBe('ok')
    const done = await status(at, submitted.task_id)
    expect(done).toMatchObject({ status: 'done', progress: 100, engine: 'preview' })
    const video = await at.call(done.result_url ?? '')
    expect(video.bytes).toEqual(OUTPUT)
    const part = await at.call(done.result_url ?? '', { headers: { range: 'bytes=4-11' } })
    expect([part.status, part.bytes.toString()]).toEqual([206, 'finished'])
  })

  it('answers `submitted` at once when a worker has a free slot, and `busy` when it has none', async () => {
    const at = await bench()
    const gpu = await worker(at)
    const first = await submit(at)
    expect(first.status).toBe('submitted')
    expect((await gpu.nextJob()).task_id).toBe(first.task_id)
    const second = await submit(at, { options: { name: 'another' } })
    expect(second).toMatchObject({ status: 'queued', gpu: 'busy', position: 1, msg: 'Number 1 in the queue' })
  })

  it('tells `busy` and an estimate while the only server with room has no engine that is ready', async () => {
    const at = await bench()
    const full = await worker(at)
    const first = await submit(at)
    expect((await full.nextJob()).task_id).toBe(first.task_id)
    const loading = await worker(at, { id: 'worker-loading' })
    loading.send({ type: 'gpu.worker.engines', engines: loading.info.engines.map((one) => ({ ...one, ready: false })) })
    loading.send({ type: 'gpu.heartbeat', tasks: [] })
    await loading.next('gpu.heartbeat.ack')
    expect(await submit(at, { options: { name: 'another' } })).toMatchObject({ status: 'queued', gpu: 'busy' })
  })

  it('says in each language why the engines that are online cannot run', async () => {
    const at = await bench()
    const gpu = await worker(at)
    const [engine] = gpu.info.engines
    const told = (more: Readonly<Record<string, unknown>>) => ({
      ...engine,
      ready: false,
      reason: 'in English',
      ...more,
    })
    const notReady = async (language: string): Promise<unknown> => {
      const answer = await at.call('/api/heygem/tasks', { headers: { 'accept-language': language } })
      return (answer.body['data'] as { readonly tasks: readonly { readonly not_ready?: string }[] }).tasks[0]?.not_ready
    }
    gpu.send({
      type: 'gpu.worker.engines',
      engines: [told({ reason_code: 'FFMPEG_MISSING', reason_data: { command: 'apt install ffmpeg' } })],
    })
    gpu.send({ type: 'gpu.heartbeat', tasks: [] })
    await gpu.next('gpu.heartbeat.ack')
    await submit(at)
    expect(await notReady('zh-CN')).toBe('未安装 FFmpeg。安装命令：apt install ffmpeg')
    expect(await notReady('en')).toBe('FFmpeg is not installed. Install it: apt install ffmpeg')
    gpu.send({ type: 'gpu.worker.engines', engines: [told({ reason_code: 'OF_A_NEWER_WORKER' })] })
    gpu.send({ type: 'gpu.heartbeat', tasks: [] })
    await gpu.next('gpu.heartbeat.ack')
    expect(await notReady('zh-CN')).toBe('in English')
  })

  it('sends the backlog as one batch of at most the free slots', async () => {
    const at = await bench()
    for (const name of ['a', 'b', 'c']) await submit(at, { options: { name } })
    const gpu = await worker(at, { slots: 2 })
    expect((await gpu.nextJobs()).map((job) => job.options.name)).toEqual(['a', 'b'])
    expect((await at.call('/api/heygem/queue')).body['data']).toMatchObject({ queued: 1, leased: 2, slots: 2 })
  })

  it('gives the same task for the same request id and content', async () => {
    const at = await bench()
    const first = await submit(at, { request_id: 'same-request' })
    expect((await submit(at, { request_id: 'same-request' })).task_id).toBe(first.task_id)
  })

  it('cancels a running task: the worker is told, and its confirmation ends it', async () => {
    const at = await bench()
    const gpu = await worker(at)
    const { task_id } = await submit(at)
    const job = await gpu.nextJob()
    gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
    await vi.waitFor(async () => {
      expect((await status(at, task_id)).status).toBe('processing')
    })
    const cancel = await at.call('/api/heygem/task/cancel', { json: { task_id } })
    expect([cancel.status, cancel.body['data']]).toMatchObject([202, { state: 'cancelling' }])
    expect(await gpu.next('gpu.job.cancel')).toMatchObject({ task_id, epoch: job.epoch })
    gpu.send({ type: 'gpu.job.result', ...refOf(job), error: true, cancelled: true })
    expect((await gpu.next('gpu.job.result.ack')).outcome).toBe('ok')
    expect((await status(at, task_id)).status).toBe('cancelled')
  })

  it('puts a job back when its worker goes before it accepted, and gives it to the next', async () => {
    const at = await bench({ queueTimings: { releaseMs: 0 } })
    const first = await worker(at)
    const { task_id } = await submit(at)
    await first.nextJob()
    await first.cut()
    await vi.waitFor(async () => {
      expect((await status(at, task_id)).status).toBe('queued')
    })
    const second = await worker(at)
    const again = await second.nextJob()
    expect([again.task_id, again.epoch]).toEqual([task_id, 2])
  })

  it('goes on over a restart of the gateway: the worker resumes its lease and its result counts', async () => {
    const at = await bench()
    const before = await worker(at, { id: 'worker-one' })
    const { task_id } = await submit(at)
    const job = await before.nextJob()
    before.send({ type: 'gpu.job.accept', ...refOf(job) })
    await vi.waitFor(async () => {
      expect((await status(at, task_id)).status).toBe('processing')
    })
    const closed = before.closed
    await at.restart()
    expect(await closed).toBe(1012)
    const after = await worker(at, { id: 'worker-one', resume: [refOf(job)] })
    expect(after.registered).toMatchObject({ server_id: 'GPU-001', resumed: [refOf(job)], abandon: [] })
    after.send({ type: 'gpu.heartbeat', tasks: [{ ...refOf(job), stage: 'encode', progress: 90 }] })
    expect(await after.next('gpu.heartbeat.ack')).toMatchObject({ revoked: [], cancel: [] })
    expect(await finish(at, after, job)).toBe('ok')
    expect(await status(at, task_id)).toMatchObject({ status: 'done', attempts: 1 })
  })

  it('hands unaccepted jobs back when it stops', async () => {
    const at = await bench({ queueTimings: { releaseMs: 0 } })
    const gpu = await worker(at)
    const { task_id } = await submit(at)
    await gpu.nextJob()
    await at.restart()
    expect(await status(at, task_id)).toMatchObject({ status: 'queued', attempts: 0 })
  })

  it('runs a failed task again as a new one that names the old', async () => {
    const at = await bench()
    const gpu = await worker(at)
    const { task_id } = await submit(at)
    const job = await gpu.nextJob()
    gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
    gpu.send({ type: 'gpu.job.result', ...refOf(job), error: true, error_code: 'FACE_NOT_FOUND', retryable: false })
    await gpu.next('gpu.job.result.ack')
    expect(await status(at, task_id)).toMatchObject({ status: 'error', error_code: 'FACE_NOT_FOUND' })
    const retried = await at.call('/api/heygem/task/retry', { json: { task_id } })
    const next = await gpu.nextJob()
    expect(retried.body['data']).toMatchObject({ task_id: next.task_id, status: 'submitted' })
    expect((await status(at, next.task_id)).retry_of).toBe(task_id)
  })
})
