import { afterEach, describe, expect, it } from 'vitest'
import { installFaultPoints } from '../../shared/index.ts'
import type { FaultPoint } from '../../shared/index.ts'
import { stateOf, submit, SUCCESS, TENANT } from '../queue/contract/fixture.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { openDispatchBench } from '../testing/dispatchBench.ts'
import type { DispatchBench } from '../testing/dispatchBench.ts'

let at: DispatchBench

/** Counts passes: each begins by asking this, once. */
class WatchedQueue extends SqliteQueue {
  passes = 0

  override waitingTargets(): Promise<readonly string[]> {
    this.passes += 1
    return super.waitingTargets()
  }
}

afterEach(async () => {
  installFaultPoints(undefined)
  await at.close()
})

/** The stored state of each new task at the moment when its submit is told. */
function statesWhenTold(): Promise<string | undefined>[] {
  const states: Promise<string | undefined>[] = []
  at.queue.onChange(({ cause, task }) => {
    if (cause === 'submit') states.push(stateOf(at.queue, task.id, task.tenant))
  })
  return states
}

async function passesOf(work: () => Promise<unknown>): Promise<number> {
  const { queue } = at
  if (!(queue instanceof WatchedQueue)) throw new Error('nobody counts')
  const before = queue.passes
  await work()
  // What the commit set off, but no pass of its own.
  for (let turns = 0; turns < 4; turns++) await new Promise((resolve) => setImmediate(resolve))
  return queue.passes - before
}

describe('a submit on its way', () => {
  it('is leased in its own commit to a worker that has room', async () => {
    at = openDispatchBench()
    const worker = await at.connect('worker-1')
    await at.quiet()
    const states = statesWhenTold()
    const task = await submit(at.queue, 'request-1')
    await at.quiet()
    expect(await Promise.all(states)).toEqual(['leased'])
    expect(worker.jobs().map((job) => [job.task_id, job.epoch])).toEqual([[task.id, 1]])
  })

  it('is durable before the worker hears of it', async () => {
    at = openDispatchBench()
    await at.connect('worker-1')
    await at.quiet()
    const points: FaultPoint[] = []
    installFaultPoints((point) => points.push(point))
    await submit(at.queue, 'request-1')
    await at.quiet()
    const committed = points.indexOf('submit.after_commit')
    expect(committed).toBeGreaterThan(points.indexOf('submit.after_insert'))
    expect(points.indexOf('dispatch.after_lease_commit')).toBeGreaterThan(committed)
    expect(points.indexOf('dispatch.before_send')).toBeGreaterThan(committed)
  })

  it('goes to the server that has the inputs of its tenant, when asked to stick', async () => {
    at = openDispatchBench({ settings: { strategy: 'sticky' } })
    const workers = [await at.connect('worker-1', { max_concurrent: 4 }), await at.connect('worker-2')]
    for (const tenant of ['t-one', 't-two']) {
      await submit(at.queue, `first-of-${tenant}`, { tenant })
      await at.quiet()
    }
    const states = statesWhenTold()
    const home = workers.findIndex((worker) => worker.jobs().some((job) => job.key === 't-one'))
    await submit(at.queue, 'again-t-one', { tenant: 't-one' })
    await at.quiet()
    expect(await Promise.all(states)).toEqual(['leased'])
    expect(workers[home]?.jobs().map((job) => job.key)).toEqual(['t-one', 't-one'])
  })

  it('waits for the commit, and for no second pass, while nobody has room', async () => {
    at = openDispatchBench({ Queue: WatchedQueue })
    await at.connect('worker-1')
    for (const id of ['request-1', 'request-2']) await submit(at.queue, id)
    await at.quiet()
    expect(await passesOf(() => submit(at.queue, 'request-3'))).toBe(1)
    const flood = Array.from({ length: 50 }, (_, index) => submit(at.queue, `flood-${String(index)}`))
    expect(await passesOf(() => Promise.all(flood))).toBe(1)
  })

  it('is leased in its own commit again once a slot is free', async () => {
    at = openDispatchBench()
    const worker = await at.connect('worker-1')
    await submit(at.queue, 'request-1')
    const waiting = await submit(at.queue, 'request-2')
    await at.quiet()
    await at.queue.cancel(TENANT, waiting.id)
    const [job] = worker.jobs()
    if (job === undefined) throw new Error('no job')
    await worker.accept(job)
    await at.queue.settle({ task_id: job.task_id, epoch: job.epoch, token: job.token }, 'worker-1', SUCCESS)
    await at.quiet()
    const states = statesWhenTold()
    await submit(at.queue, 'request-3')
    expect(await Promise.all(states)).toEqual(['leased'])
  })
})
