import { afterEach, describe, expect, it } from 'vitest'
import type { EngineInfo, Job } from '../../protocol/dsp/index.ts'
import type { EngineFeature, TaskOptions } from '../../protocol/task/index.ts'
import { newTask, submit, SUCCESS, TENANT } from '../queue/contract/fixture.ts'
import type { StoredTask } from '../queue/port.ts'
import { openDispatchBench } from '../testing/dispatchBench.ts'
import type { BenchWorker, DispatchBench } from '../testing/dispatchBench.ts'

const open: DispatchBench[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

function bench(): DispatchBench {
  const opened = openDispatchBench({ timings: { releaseMs: 1_000 } })
  open.push(opened)
  return opened
}

const engine = (features: readonly EngineFeature[], ready = true): EngineInfo => ({
  ...{ name: features.join('-') || 'plain', version: '1', ready, lip_sync: true },
  features: [...features],
})

let lastRequest = 0

function ask(at: DispatchBench, options: TaskOptions = {}): Promise<StoredTask> {
  lastRequest += 1
  const id = `request-${String(lastRequest)}`
  return submit(at.queue, id, { payload: { ...newTask(id).payload, options } })
}

async function taskOf(at: DispatchBench, { id }: StoredTask): Promise<StoredTask> {
  const task = await at.queue.get(TENANT, id)
  if (task === undefined) throw new Error('no such task')
  return task
}

const idsOf = (worker: BenchWorker): readonly string[] => worker.jobs().map((job) => job.task_id)

async function finish(at: DispatchBench, worker: BenchWorker, job: Job | undefined): Promise<void> {
  if (job === undefined) throw new Error('no job')
  await worker.accept(job)
  const ref = { task_id: job.task_id, epoch: job.epoch, token: job.token }
  await at.queue.settle(ref, worker.link.workerId, SUCCESS)
}

describe('a task that asks for more than the plain video', () => {
  it('waits for a busy server that can do it, and holds up none that cannot', async () => {
    const at = bench()
    const plain = await at.connect('worker-1', { engines: [engine(['loop'])] })
    const able = await at.connect('worker-2', { engines: [engine(['loop', 'ai_badge'])] })
    const [first, second] = [await ask(at, { ai_badge: true }), await ask(at, { ai_badge: true, loop: 'pingpong' })]
    const third = await ask(at)
    await at.quiet()
    expect([idsOf(plain), idsOf(able)]).toEqual([[third.id], [first.id]])
    await finish(at, plain, plain.jobs()[0])
    await at.quiet()
    expect([idsOf(plain), (await taskOf(at, second)).epoch]).toEqual([[third.id], 0])
    await finish(at, able, able.jobs()[0])
    await at.quiet()
    await finish(at, able, able.jobs()[1])
    expect(await taskOf(at, second)).toMatchObject({ state: 'succeeded', attempts: 1, epoch: 1, workerId: 'worker-2' })
  })

  it('fails at once where no server that is known can do it, with the option’s name, and nobody rests for it', async () => {
    const at = bench()
    const workers = [
      await at.connect('worker-1', { engines: [engine(['ai_badge'])] }),
      await at.connect('worker-2', { engines: [engine(['super_resolution'])] }),
    ]
    const none = await ask(at, { loop: 'pingpong' })
    const notTogether = await ask(at, { ai_badge: true, super_resolution: true })
    await at.quiet()
    expect(await taskOf(at, none)).toMatchObject({
      ...{ state: 'failed', epoch: 1, failure: { code: 'OPTION_UNSUPPORTED', data: { option: 'loop' } } },
    })
    const { state, failure } = await taskOf(at, notTogether)
    expect([state, failure?.code]).toEqual(['failed', 'OPTION_UNSUPPORTED'])
    expect(['ai_badge', 'super_resolution']).toContain(failure?.data?.['option'])
    expect(workers.flatMap(idsOf)).toEqual([])
    await Promise.all([ask(at), ask(at)])
    await at.quiet()
    expect(workers.map((worker) => worker.jobs().length)).toEqual([1, 1])
  })

  it('waits while nobody is there, and for a server that could do it and is away, until that is removed', async () => {
    const at = bench()
    const task = await ask(at, { super_resolution: true })
    await at.quiet()
    expect((await taskOf(at, task)).state).toBe('queued')
    const able = await at.connect('worker-1', { engines: [engine(['super_resolution'], false)] })
    const plain = await at.connect('worker-2', { engines: [engine([])] })
    await at.quiet()
    await able.cut()
    await at.quiet()
    expect([(await taskOf(at, task)).state, idsOf(plain)]).toEqual(['queued', []])
    at.fleet.remove('GPU-001')
    await at.quiet()
    expect(await taskOf(at, task)).toMatchObject({ state: 'failed', failure: { code: 'OPTION_UNSUPPORTED' } })
  })

  it('is not sent to a server that was to be told of it when one that can do it came in that moment', async () => {
    const at = bench()
    const plain = await at.connect('worker-1', { engines: [engine([])] })
    let coming: Promise<BenchWorker> | undefined
    at.queue.onChange(({ cause }) => {
      if (cause === 'lease') coming ??= at.connect('worker-2', { engines: [engine(['ai_badge'])] })
    })
    const task = await ask(at, { ai_badge: true })
    await at.quiet()
    at.clock.advance(1_000)
    await at.quiet()
    expect([idsOf(plain), (await coming)?.jobs().map(({ task_id, epoch }) => [task_id, epoch])]).toEqual([
      ...[[], [[task.id, 2]]],
    ])
    const other = await ask(at)
    await at.quiet()
    expect(idsOf(plain)).toEqual([other.id])
  })

  it('goes to another server when one refuses it that had named the option, and not to that one again', async () => {
    const at = bench()
    const liar = await at.connect('worker-1', { engines: [engine(['ai_badge'])], max_concurrent: 2 })
    const able = await at.connect('worker-2', { engines: [engine(['ai_badge'])] })
    const running = [await ask(at, { ai_badge: true }), await ask(at, { ai_badge: true })]
    await at.quiet()
    const [refused] = liar.jobs()
    if (refused === undefined) throw new Error('no job')
    expect(await at.dispatcher.refuseOption('worker-1', refused)).toBe('applied')
    for (let second = 0; second < 5; second++) {
      at.clock.advance(1_000)
      await at.quiet()
    }
    // Nobody is to blame: it is given other tasks at once, but no more of those.
    const other = await ask(at)
    await at.quiet()
    expect(idsOf(liar)).toEqual([refused.task_id, other.id])
    await finish(at, able, able.jobs()[0])
    await at.quiet()
    expect(idsOf(able).toSorted()).toEqual(running.map(({ id }) => id).toSorted())
    expect(await at.queue.find(refused.task_id)).toMatchObject({ state: 'leased', epoch: 2, workerId: 'worker-2' })
  })

  it('fails when the only server that had named the option refuses it; that one’s word counts again when it returns', async () => {
    const at = bench()
    const worker = await at.connect('worker-1', { engines: [engine(['ai_badge'])] })
    const task = await ask(at, { ai_badge: true })
    await at.quiet()
    const [job] = worker.jobs()
    if (job === undefined) throw new Error('no job')
    const stale = { ...job, token: '0'.repeat(32) }
    expect(await at.dispatcher.refuseOption('worker-1', stale)).toBe('stale')
    expect(await at.dispatcher.refuseOption('worker-1', job)).toBe('applied')
    expect(await taskOf(at, task)).toMatchObject({ state: 'failed', failure: { code: 'OPTION_UNSUPPORTED' } })
    expect(await at.dispatcher.refuseOption('worker-1', job)).toBe('stale')
    const again = await worker.reconnect()
    const next = await ask(at, { ai_badge: true })
    await at.quiet()
    expect(idsOf(again)).toEqual([next.id])
  })
})
