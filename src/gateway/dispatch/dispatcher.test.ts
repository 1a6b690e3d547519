import { afterEach, describe, expect, it } from 'vitest'
import { DELETE_ASSET } from '../../protocol/task/index.ts'
import { newTask, startOne, stateOf, SUCCESS, submit, TENANT } from '../queue/contract/fixture.ts'
import type { Applied, StoredTask } from '../queue/port.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { openDispatchBench } from '../testing/dispatchBench.ts'
import type { BenchWorker, DispatchBench, DispatchBenchOptions } from '../testing/dispatchBench.ts'
import { workerInfo } from '../testing/scriptedWorker.ts'

const open: DispatchBench[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

function bench(options: DispatchBenchOptions = {}): DispatchBench {
  const opened = openDispatchBench(options)
  open.push(opened)
  return opened
}

async function submitMany(at: DispatchBench, count: number, tenant = TENANT): Promise<readonly StoredTask[]> {
  const tasks: StoredTask[] = []
  for (let number = 1; number <= count; number++) {
    tasks.push(await submit(at.queue, `request-${tenant}-${String(number)}`, { tenant }))
  }
  return tasks
}

function types(worker: BenchWorker): readonly string[] {
  return worker.sent.map(({ type }) => type)
}

function taskIds(...workers: readonly BenchWorker[]): readonly string[] {
  return workers.flatMap((worker) => worker.jobs().map((job) => job.task_id))
}

/** The disk is full just when leases are put back. */
class StubbornQueue extends SqliteQueue {
  override release(): Promise<Applied> {
    return Promise.reject(new Error('database or disk is full'))
  }
}

describe('connections', () => {
  it('keeps the newer of two connections of a worker, whichever registers first', async () => {
    const at = bench()
    const { dispatcher, fleet } = at
    const older = await at.connect('worker-1')
    const newer = await at.connect('worker-1')
    expect([older.closed, newer.closed, dispatcher.link('worker-1')]).toEqual([[4409], [], newer.link])
    expect(fleet.admit('worker-1', older.link.connectionId)).toEqual({ kind: 'replaced' })
    dispatcher.attach(older.link)
    expect([older.closed, dispatcher.link('worker-1')]).toEqual([[4409, 4409], newer.link])
  })

  it('gives a job that an older connection swallowed to the newer one at once', async () => {
    const at = bench({ timings: { releaseMs: 0 } })
    await submitMany(at, 1)
    await at.connect('worker-1')
    await at.quiet()
    const newer = await at.connect('worker-1')
    await at.quiet()
    expect(newer.jobs().map((job) => job.epoch)).toEqual([2])
  })

  it('sends the backlog as one batch up to the credit, the rest singly as slots become free', async () => {
    const at = bench()
    const tasks = await submitMany(at, 20)
    const one = await at.connect('worker-1', { max_concurrent: 8 })
    const two = await at.connect('worker-2', { max_concurrent: 8 })
    await at.quiet()
    expect([types(one), types(two)]).toEqual([['gpu.job.dispatch.batch'], ['gpu.job.dispatch.batch']])
    expect([one.jobs().length, two.jobs().length]).toEqual([8, 8])
    expect(taskIds(one, two)).toEqual(tasks.slice(0, 16).map(({ id }) => id))
    const [first] = two.jobs()
    if (first === undefined) throw new Error('no job')
    await two.accept(first)
    await at.queue.settle({ task_id: first.task_id, epoch: first.epoch, token: first.token }, 'worker-2', SUCCESS)
    await at.quiet()
    expect([types(two).at(-1), two.jobs().at(-1)?.task_id]).toEqual(['gpu.job.submit', tasks[16]?.id])
  })

  it('gives nothing any more once it was told to stop', async () => {
    const at = bench()
    const [task] = await submitMany(at, 1)
    const worker = await at.connect('worker-1')
    await at.dispatcher.stop()
    // One more commit: a lease asked for in between would be in it.
    await at.queue.reap()
    expect([worker.sent, await stateOf(at.queue, task?.id ?? '')]).toEqual([[], 'queued'])
  })

  it('stops also when the store cannot take a lease back', async () => {
    const at = bench({ Queue: StubbornQueue })
    const [task] = await submitMany(at, 1)
    const worker = await at.connect('worker-1')
    await at.quiet()
    expect(worker.jobs()).toHaveLength(1)
    await at.dispatcher.stop()
    expect(await stateOf(at.queue, task?.id ?? '')).toBe('leased')
  })
})

describe('who gets the next task', () => {
  it('follows the setting of the moment', async () => {
    const at = bench()
    const one = await at.connect('worker-1', { max_concurrent: 2 })
    const two = await at.connect('worker-2', { max_concurrent: 8 })
    await submitMany(at, 3)
    await at.quiet()
    expect([one.jobs().length, two.jobs().length]).toEqual([2, 1])
    at.settings.change({ strategy: 'least-busy' })
    await submitMany(at, 3, 't-beta')
    await at.quiet()
    expect([one.jobs().length, two.jobs().length]).toEqual([2, 4])
  })

  it('brings a tenant back to the server that has its inputs, when asked to stick', async () => {
    const at = bench({ settings: { strategy: 'sticky' } })
    const workers = [
      await at.connect('worker-1', { max_concurrent: 4 }),
      await at.connect('worker-2', { max_concurrent: 4 }),
      await at.connect('worker-3', { max_concurrent: 4 }),
    ]
    for (const tenant of ['t-one', 't-two', 't-three']) await submitMany(at, 1, tenant)
    await at.quiet()
    for (const tenant of ['t-three', 't-one', 't-two']) {
      await submit(at.queue, `again-${tenant}`, { tenant })
      await at.quiet()
    }
    expect(workers.map((worker) => worker.jobs().map((job) => job.key))).toEqual([
      ['t-one', 't-one'],
      ['t-two', 't-two'],
      ['t-three', 't-three'],
    ])
  })

  it('gives nothing to one that is silent, draining, or whose engine is not ready', async () => {
    const at = bench()
    const [engine] = workerInfo('any', 1).engines
    if (engine === undefined) throw new Error('no engine')
    const drained = await at.connect('worker-1')
    const notReady = await at.connect('worker-2', { engines: [{ ...engine, ready: false }] })
    at.fleet.drain('GPU-001')
    await submitMany(at, 2)
    await at.quiet()
    expect([taskIds(drained), taskIds(notReady)]).toEqual([[], []])
    const silent = await at.connect('worker-3')
    await at.quiet()
    expect(taskIds(silent)).toHaveLength(1)
    at.clock.advance(30_001)
    at.fleet.setEngines('worker-2', [engine])
    await at.dispatcher.kick()
    expect(taskIds(notReady)).toEqual([])
    at.fleet.heartbeat('worker-2')
    at.fleet.heartbeat('worker-2')
    await at.quiet()
    expect(taskIds(notReady)).toHaveLength(1)
  })

  it('gives each worker what it can do, whatever stands before it in line', async () => {
    const at = bench()
    const kinds = ['heygem_submit', 'other', 'heygem_submit', 'other', 'nobody']
    for (const [number, taskType] of kinds.entries()) {
      await submit(at.queue, `request-${String(number)}-of-all`, { taskType })
    }
    const workers = [
      await at.connect('worker-1', { task_types: ['other'], max_concurrent: 4 }),
      await at.connect('worker-2', { task_types: ['heygem_submit'], max_concurrent: 1 }),
      await at.connect('worker-3', { task_types: ['other', 'heygem_submit'], max_concurrent: 4 }),
    ]
    await at.quiet()
    expect(workers.map((worker) => worker.jobs().map((job) => job.task_type))).toEqual([
      ['other', 'other'],
      ['heygem_submit'],
      ['heygem_submit'],
    ])
  })

  it('gives a server no more at once than it was seen to stand', async () => {
    const at = bench({ settings: { min_threshold: 1 } })
    await submitMany(at, 12)
    const worker = await at.connect('worker-1', { max_concurrent: 4 })
    await at.quiet()
    const [job] = worker.jobs()
    if (job === undefined) throw new Error('no job')
    await worker.accept(job)
    const ref = { task_id: job.task_id, epoch: job.epoch, token: job.token }
    const failure = { code: 'RATE_LIMITED' }
    await at.queue.settle(ref, 'worker-1', { kind: 'failed', failure, retryable: true })
    await at.quiet()
    // 4 × 0.7: two at once, and three are still held.
    expect([at.fleet.get('GPU-001'), worker.jobs().length]).toMatchObject([{ limit: 2, held: 3 }, 4])
  })

  it('asks for one lease, not a thousand, when one task comes to a thousand idle workers', async () => {
    let asked = 0
    class CountingQueue extends SqliteQueue {
      override lease(...request: Parameters<SqliteQueue['lease']>): ReturnType<SqliteQueue['lease']> {
        asked += 1
        return super.lease(...request)
      }
    }
    const at = bench({ Queue: CountingQueue })
    for (let number = 1; number <= 1_000; number++) await at.connect(`worker-${String(number)}`, { max_concurrent: 12 })
    await at.quiet()
    asked = 0
    await submitMany(at, 1)
    await at.quiet()
    expect(asked).toBe(1)
  })
})

describe('a drain', () => {
  it('takes back what was not accepted, lets runs go on, and ends with a new connection', async () => {
    const at = bench()
    await submitMany(at, 2)
    const worker = await at.connect('worker-1', { max_concurrent: 2 })
    await at.quiet()
    const [running] = worker.jobs()
    if (running === undefined) throw new Error('no job')
    await worker.accept(running)
    at.fleet.drain('GPU-001')
    await at.quiet()
    expect([types(worker).at(-1), await at.queue.counts()]).toMatchObject(['drain', { queued: 1, running: 1 }])
    at.clock.advance(10_000)
    at.fleet.resume('GPU-001')
    expect(worker.closed).toEqual([1012])
    await worker.cut()
    const again = await at.connect('worker-1', { max_concurrent: 2 }, [running])
    await at.quiet()
    expect([await at.queue.counts(), again.jobs().length]).toMatchObject([{ leased: 1, running: 1 }, 1])
  })

  it('is told to a worker that comes back while it is drained', async () => {
    const at = bench()
    const worker = await at.connect('worker-1')
    at.fleet.drain('GPU-001')
    await worker.cut()
    await submitMany(at, 1)
    const again = await at.connect('worker-1')
    await at.quiet()
    expect(types(again)).toEqual(['drain'])
  })
})

describe('what goes wrong', () => {
  it('ends a job cancelled in the commit that leased it, and has its slot free again', async () => {
    const at = bench()
    const [task] = await submitMany(at, 1)
    const leased = new Promise<void>((resolve) => {
      const lease = at.queue.lease.bind(at.queue)
      at.queue.lease = (request) => {
        resolve()
        return lease(request)
      }
    })
    const worker = await at.connect('worker-1')
    await leased
    // The cancel joins the transaction of the lease.
    expect((await at.queue.cancel(TENANT, task?.id ?? '')).kind).toBe('cancelled')
    await at.quiet()
    expect([types(worker), at.dispatcher.held.count('worker-1').runs]).toEqual([['gpu.job.cancel'], 0])
  })

  it('asks a worker that refuses again and again more and more rarely', async () => {
    const at = bench({ timings: { releaseMs: 0 } })
    await submitMany(at, 1)
    const worker = await at.connect('worker-1')
    const askedAtSeconds: number[] = []
    for (let second = 0; second < 100; second++) {
      await at.quiet()
      const job = worker.jobs().at(-1)
      if (job !== undefined && at.dispatcher.held.find(job.task_id)?.token === job.token) {
        askedAtSeconds.push(second)
        await at.dispatcher.reject(worker.link, job, 'no room', true)
      }
      at.clock.advance(1_000)
      at.fleet.heartbeat('worker-1')
    }
    expect(askedAtSeconds).toEqual([0, 5, 15, 35, 75])
  })

  it('fails a task that every able server refused for good, with their reason, and no other', async () => {
    const at = bench({ timings: { releaseMs: 0 } })
    const [task] = await submitMany(at, 1)
    const workers = [await at.connect('worker-1'), await at.connect('worker-2')]
    let refused = 0
    for (let second = 0; second < 1_000 && (await stateOf(at.queue, task?.id ?? '')) !== 'failed'; second++) {
      await at.quiet()
      for (const worker of workers) {
        const job = worker.jobs().at(-1)
        if (job === undefined || at.dispatcher.held.find(job.task_id)?.token !== job.token) continue
        refused += 1
        await at.dispatcher.reject(worker.link, job, 'TASK_TYPE_UNKNOWN heygem_submit', false)
      }
      at.clock.advance(1_000)
      for (const worker of workers) at.fleet.heartbeat(worker.link.workerId)
    }
    const failed = await at.queue.get(TENANT, task?.id ?? '')
    expect([refused, failed?.failure]).toEqual([
      10,
      { code: 'TASK_REFUSED', detail: 'TASK_TYPE_UNKNOWN heygem_submit', data: { times: 10 } },
    ])
  })

  it('does not trust a worker that let the grace of a cancel run out', async () => {
    const at = bench()
    const [task] = await submitMany(at, 1)
    const worker = await at.connect('worker-1')
    await at.quiet()
    const [job] = worker.jobs()
    if (job === undefined) throw new Error('no job')
    await worker.accept(job)
    await at.queue.cancel(TENANT, task?.id ?? '')
    for (let beats = 0; beats < 3; beats++) {
      at.clock.advance(15_000)
      at.fleet.heartbeat('worker-1')
    }
    await at.queue.reap()
    expect(at.fleet.get('GPU-001')).toMatchObject({ state: 'suspect', reasons: [{ code: 'cancel_ignored' }], held: 0 })
  })

  it('does not blame a worker that comes back without a run whose cancel nobody confirmed', async () => {
    const at = bench()
    const [task] = await submitMany(at, 1)
    const worker = await at.connect('worker-1')
    await at.quiet()
    const [job] = worker.jobs()
    if (job === undefined) throw new Error('no job')
    await worker.accept(job)
    await at.queue.cancel(TENANT, task?.id ?? '')
    await worker.cut()
    await at.connect('worker-1')
    expect([await stateOf(at.queue, task?.id ?? ''), at.fleet.get('GPU-001')?.state]).toEqual(['cancelled', 'online'])
  })
})

describe('files to forget', () => {
  it('are told to their server though its slots are taken and its engine is not ready, and to no other', async () => {
    const at = bench()
    const task_types = ['heygem_submit', DELETE_ASSET]
    const [engine] = workerInfo('any', 1).engines
    if (engine === undefined) throw new Error('no engine')
    const holder = await at.connect('worker-1', { task_types })
    const other = await at.connect('worker-2', { task_types })
    await submitMany(at, 2)
    await at.quiet()
    at.fleet.setEngines('worker-1', [{ ...engine, ready: false }])
    const removal = newTask('removal-1', {
      taskType: DELETE_ASSET,
      targetWorker: 'worker-1',
      payload: { asset: { id: 'a-1', name: 'voice' }, files: [] },
    })
    await at.queue.submit(removal)
    await at.quiet()
    expect([holder, other].map((worker) => worker.jobs().map((job) => job.task_type))).toEqual([
      ['heygem_submit', DELETE_ASSET],
      ['heygem_submit'],
    ])
  })
})

describe('slots', () => {
  const removal = (number: number) =>
    newTask(`removal-${String(number)}`, {
      taskType: DELETE_ASSET,
      targetWorker: 'worker-1',
      payload: { asset: { id: `a-${String(number)}`, name: 'voice' }, files: [] },
    })

  it('are not filled by files to forget, of which a server gets eight at a time', async () => {
    const at = bench()
    const worker = await at.connect('worker-1', { task_types: ['heygem_submit', DELETE_ASSET] })
    for (let number = 1; number <= 10; number++) await at.queue.submit(removal(number))
    await at.quiet()
    expect([worker.jobs().length, at.fleet.get('GPU-001')?.held]).toEqual([8, 0])
    await submitMany(at, 2)
    await at.quiet()
    expect(worker.jobs().map((job) => job.task_type)).toEqual([
      ...Array.from({ length: 8 }, () => DELETE_ASSET),
      'heygem_submit',
    ])
    expect(at.fleet.get('GPU-001')?.held).toBe(1)
  })

  it('of a server that takes nothing do not give one tenant more of the others', async () => {
    const at = bench()
    const able = await at.connect('worker-1', { max_concurrent: 4 })
    await at.connect('worker-2', { max_concurrent: 8 })
    const [engine] = workerInfo('any', 1).engines
    if (engine === undefined) throw new Error('no engine')
    at.fleet.setEngines('worker-2', [{ ...engine, ready: false }])
    await Promise.all([submitMany(at, 6, 'tenant-1'), submitMany(at, 6, 'tenant-2')])
    await at.quiet()
    const tenants = await Promise.all(able.jobs().map(async (job) => (await at.queue.find(job.task_id))?.tenant))
    expect(tenants.toSorted()).toEqual(['tenant-1', 'tenant-1', 'tenant-2', 'tenant-2'])
  })

  it('of a server that was drained while a lease was being stored are not used', async () => {
    const at = bench()
    const worker = await at.connect('worker-1')
    at.queue.onChange(({ cause }) => {
      if (cause === 'lease') at.fleet.drain('GPU-001')
    })
    const [task] = await submitMany(at, 1)
    await at.quiet()
    expect(types(worker)).toEqual(['drain'])
    expect(task === undefined ? undefined : await stateOf(at.queue, task.id)).toBe('queued')
  })
})

describe('a connection that is ending', () => {
  it('is leased one task at most before its end is told, however many wait', async () => {
    const at = bench()
    const worker = await at.connect('worker-1')
    worker.link.close(1006, 'cut')
    const tasks = await submitMany(at, 5)
    await at.quiet()
    const stored = await Promise.all(tasks.map(({ id }) => at.queue.find(id)))
    expect(stored.map((task) => [task?.state, task?.epoch])).toEqual([
      ['queued', 1],
      ...Array.from({ length: 4 }, () => ['queued', 0]),
    ])
  })

  it('is leased nothing when an operator ended it', async () => {
    const at = bench()
    await at.connect('worker-1')
    at.fleet.drain('GPU-001')
    const [task] = await submitMany(at, 1)
    at.fleet.resume('GPU-001')
    await at.quiet()
    expect(await at.queue.find(task?.id ?? '')).toMatchObject({ state: 'queued', epoch: 0 })
    const back = await at.connect('worker-1')
    await at.quiet()
    expect(back.jobs()).toHaveLength(1)
  })
})

describe('leases of an earlier process', () => {
  it('are known again once their worker names them', async () => {
    const at = bench()
    await submitMany(at, 2)
    const ref = await startOne(at.queue, 'worker-1')
    const worker = await at.connect('worker-1', { max_concurrent: 2 }, [ref])
    await at.quiet()
    expect([at.dispatcher.held.count('worker-1').runs, worker.jobs().length]).toEqual([2, 1])
  })
})
