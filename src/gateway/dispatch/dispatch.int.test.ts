import { afterEach, describe, expect, it, vi } from 'vitest'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { connectWorker, refOf } from '../testing/scriptedWorker.ts'
import type { ScriptedWorker } from '../testing/scriptedWorker.ts'
import { status, submit } from '../testing/taskCalls.ts'

const open: { dispose(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.dispose()
})

async function bench(overrides: Parameters<typeof startGatewayBench>[0] = {}): Promise<GatewayBench> {
  const started = await startGatewayBench(overrides)
  open.push(started)
  return started
}

async function worker(at: GatewayBench, slots = 1): Promise<ScriptedWorker> {
  const connected = await connectWorker({ dspUrl: at.dspUrl, workerSecret: at.workerSecret, slots })
  open.push({ dispose: () => connected.cut() })
  return connected
}

describe('dispatch', () => {
  it('spreads tasks over the servers in turn', async () => {
    const at = await bench()
    const [one, two] = [await worker(at, 2), await worker(at, 2)]
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
