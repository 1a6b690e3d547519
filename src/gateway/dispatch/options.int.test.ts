import { describe, expect, it, vi } from 'vitest'
import { openBenches } from '../testing/openBenches.ts'
import { refOf } from '../testing/scriptedWorker.ts'
import { status, submit } from '../testing/taskCalls.ts'

const { bench, worker } = openBenches()

describe('options that not every server can do', () => {
  it('decide who gets a task, and are no word against the one that refuses it', async () => {
    const at = await bench({ queueTimings: { releaseMs: 0 } })
    const plain = await worker(at)
    const [one, two] = [await worker(at, { features: ['ai_badge'] }), await worker(at, { features: ['ai_badge'] })]
    const { task_id } = await submit(at, { options: { ai_badge: true } })
    const job = await one.nextJob()
    one.send({ type: 'gpu.job.reject', ...refOf(job), reason: 'no', retryable: false, code: 'OPTION_UNSUPPORTED' })
    const again = await two.nextJob()
    expect(again).toMatchObject({ task_id, epoch: 2 })
    two.send({ type: 'gpu.job.accept', ...refOf(again) })
    await vi.waitFor(async () => {
      expect(await status(at, task_id)).toMatchObject({ status: 'processing', server_id: 'GPU-003', attempts: 1 })
    })
    // A worker that rejects for any other reason rests for five seconds.
    const others = [await submit(at, { options: { name: 'a' } }), await submit(at, { options: { name: 'b' } })]
    const given = [await plain.nextJob(), await one.nextJob()]
    expect(given.map((each) => each.task_id).toSorted()).toEqual(others.map((each) => each.task_id).toSorted())
  })

  it('end a task at once that no server can do, with a sentence and what to do', async () => {
    const at = await bench()
    await worker(at, { features: ['loop'] })
    const { task_id } = await submit(at, { options: { super_resolution: true } })
    await vi.waitFor(async () => {
      expect(await status(at, task_id)).toMatchObject({
        ...{ state: 'failed', status: 'error', error_code: 'OPTION_UNSUPPORTED' },
        error_msg: expect.stringContaining('super_resolution') as string,
        error_hint: expect.stringContaining('another engine') as string,
      })
    })
  })

  it('are known of a server that is away over a restart of the gateway: its task waits for it', async () => {
    const at = await bench()
    const able = await worker(at, { features: ['super_resolution'] })
    await able.close()
    await at.restart()
    await worker(at, { id: 'w-plain', features: [] })
    const { task_id } = await submit(at, { options: { super_resolution: true } })
    const plain = await submit(at, { options: { name: 'after it' } })
    await vi.waitFor(async () => {
      expect((await status(at, plain.task_id)).state).toBe('leased')
    })
    expect((await status(at, task_id)).state).toBe('queued')
    const back = await worker(at, { id: able.info.id, features: ['super_resolution'] })
    expect(await back.nextJob()).toMatchObject({ task_id, epoch: 1 })
  })
})
