import { describe, expect, it, vi } from 'vitest'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { openBenches } from '../testing/openBenches.ts'
import { refOf } from '../testing/scriptedWorker.ts'
import type { ScriptedWorker } from '../testing/scriptedWorker.ts'
import { OUTPUT, resultFrame, status, submit, tusUpload } from '../testing/taskCalls.ts'

const { bench, worker } = openBenches()

describe('dispatch', () => {
  it('spreads tasks over the servers in turn', async () => {
    const at = await bench()
    const [one, two] = [await worker(at, { slots: 2 }), await worker(at, { slots: 2 })]
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd']) ids.push((await submit(at, { options: { name } })).task_id)
    const jobs = [await one.nextJob(), await two.nextJob(), await one.nextJob(), await two.nextJob()]
    expect(jobs.map((job) => job.task_id)).toEqual(ids)
  })

  it('leaves a worker that rejected a job alone, and gives the job to another', async () => {
    const at = await bench({ queueTimings: { releaseMs: 0 } })
    const [sulky, willing] = [await worker(at), await worker(at)]
    const { task_id } = await submit(at)
    const job = await sulky.nextJob()
    sulky.send({ type: 'gpu.job.reject', ...refOf(job), reason: 'no room' })
    expect(await willing.nextJob()).toMatchObject({ task_id, epoch: 2 })
  })

  it('takes a job back that is not accepted in time', async () => {
    const at = await bench({
      queueTimings: { acceptMs: 100, releaseMs: 0 },
      timings: { reapEveryMs: 20, penaltyMs: 10_000 },
    })
    const [mute, willing] = [await worker(at), await worker(at)]
    const { task_id } = await submit(at)
    await mute.nextJob()
    const job = await willing.nextJob()
    willing.send({ type: 'gpu.job.accept', ...refOf(job) })
    await vi.waitFor(async () => {
      expect(await status(at, task_id)).toMatchObject({ status: 'processing', server_id: 'GPU-002', attempts: 1 })
    })
  })

  it('gives nothing to a worker that drains or whose engine is not ready, until it is', async () => {
    const at = await bench()
    const gpu = await worker(at)
    const engine = { name: 'preview', version: '1', ready: false, reason: 'FFmpeg is missing' }
    gpu.send({ type: 'gpu.worker.engines', engines: [engine] })
    gpu.send({ type: 'gpu.heartbeat', tasks: [] })
    await gpu.next('gpu.heartbeat.ack')
    const { task_id, status: word } = await submit(at)
    expect(word).toBe('queued')
    gpu.send({ type: 'gpu.worker.engines', engines: [{ ...engine, ready: true }] })
    expect((await gpu.nextJob()).task_id).toBe(task_id)
    gpu.send({ type: 'gpu.worker.draining' })
    gpu.send({ type: 'gpu.heartbeat', tasks: [] })
    await gpu.next('gpu.heartbeat.ack')
    expect((await submit(at, { options: { name: 'later' } })).status).toBe('queued')
  })

  it('tells a worker to drop a lease that a cancel took from it', async () => {
    const at = await bench()
    const gpu = await worker(at)
    const { task_id } = await submit(at)
    const job = await gpu.nextJob()
    await at.call('/api/heygem/task/cancel', { json: { task_id } })
    expect(await gpu.next('gpu.job.cancel')).toMatchObject({ task_id, epoch: job.epoch })
    gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
    expect((await gpu.next('error')).result.code).toBe('STALE_LEASE')
  })

  it('gives a task to the next worker when its own is gone for longer than the lease', async () => {
    const at = await bench({
      queueTimings: { leaseMs: 200, stallBackoffMs: 10, releaseMs: 0 },
      timings: { reapEveryMs: 20 },
    })
    const first = await worker(at)
    const { task_id } = await submit(at)
    const job = await first.nextJob()
    first.send({ type: 'gpu.job.accept', ...refOf(job) })
    await vi.waitFor(async () => {
      expect((await status(at, task_id)).status).toBe('processing')
    })
    await first.cut()
    const second = await worker(at)
    const again = await second.nextJob()
    expect([again.task_id, again.epoch]).toEqual([task_id, 2])
  })
})

describe('an operator’s drain', () => {
  const drain = (at: GatewayBench, action: 'drain' | 'resume') =>
    at.call(`/api/admin/servers/GPU-001/${action}`, { method: 'POST', key: at.adminToken })

  it('takes back what nobody accepted, outlives a restart of the gateway, and ends with a fresh connection', async () => {
    const at = await bench({ queueTimings: { releaseMs: 0 } })
    const first = await worker(at, { id: 'worker-one', slots: 2 })
    const [kept, handedBack] = [await submit(at), await submit(at, { options: { name: 'second' } })]
    const running = await first.nextJob()
    first.send({ type: 'gpu.job.accept', ...refOf(running) })
    await first.nextJob()
    await vi.waitFor(async () => {
      expect((await status(at, kept.task_id)).status).toBe('processing')
    })
    expect((await drain(at, 'drain')).status).toBe(200)
    expect((await first.next('drain')).type).toBe('drain')
    await vi.waitFor(async () => {
      expect((await status(at, handedBack.task_id)).status).toBe('queued')
    })
    await at.restart()
    expect(await first.closed).toBe(1012)

    const second = await worker(at, { id: 'worker-one', slots: 2, resume: [refOf(running)] })
    expect(second.registered.resumed).toEqual([refOf(running)])
    expect((await second.next('drain')).type).toBe('drain')
    expect((await status(at, handedBack.task_id)).status).toBe('queued')
    expect((await drain(at, 'resume')).status).toBe(200)
    expect(await second.closed).toBe(1012)

    const third = await worker(at, { id: 'worker-one', slots: 2, resume: [refOf(running)] })
    expect((await third.nextJob()).task_id).toBe(handedBack.task_id)
  })
})

describe('a worker that shuts down', () => {
  it('gets back into the queue at once what it had not accepted', async () => {
    const at = await bench({ queueTimings: { releaseMs: 0, acceptMs: 600_000 } })
    const leaving = await worker(at)
    const { task_id } = await submit(at)
    await leaving.nextJob()
    leaving.send({ type: 'gpu.worker.draining' })
    const other = await worker(at)
    expect(await other.nextJob()).toMatchObject({ task_id, epoch: 2 })
  })
})

describe('a backlog', () => {
  it('of 20 tasks is taken by two workers that come: a batch each up to their credit, the rest one by one', async () => {
    const at = await bench()
    const tasks: string[] = []
    for (let number = 0; number < 20; number++) {
      tasks.push((await submit(at, { options: { name: String(number) } })).task_id)
    }
    const frames: number[][] = [[], []]
    const done: string[] = []
    const serve = async (gpu: ScriptedWorker, sizes: number[]): Promise<void> => {
      for (;;) {
        const jobs = await gpu.nextJobs()
        sizes.push(jobs.length)
        for (const job of jobs) {
          gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
          await tusUpload(at, job.upload_url, OUTPUT, job)
          gpu.send(resultFrame(refOf(job), OUTPUT))
          const ack = await gpu.next('gpu.job.result.ack')
          if (ack.outcome === 'ok') done.push(ack.task_id)
        }
      }
    }
    for (const sizes of frames) void serve(await worker(at, { slots: 6 }), sizes)
    await vi.waitFor(
      () => {
        expect(done.length).toBe(20)
      },
      { timeout: 20_000 },
    )
    // Six at once; then one for each slot that became free.
    expect(frames.map(([first]) => first)).toEqual([6, 6])
    expect(frames.flatMap(([, ...later]) => later)).toEqual(Array(8).fill(1))
    expect([new Set(done).size, [...done].sort()]).toEqual([20, tasks.sort()])
  })
})
