import { describe, expect, it } from 'vitest'
import { leaseAll, refOf, submit } from '../queue/contract/fixture.ts'
import { QUEUE_TIMINGS } from '../queue/timings.ts'
import { openPowerBench as open } from '../testing/powerBench.ts'

const MINUTE_MS = 60_000
const bothOn = ['worker-1', 'worker-2'] as const

/** Two servers, of which the second is off. */
async function openPair() {
  const bench = open()
  bench.join('worker-1')
  const second = bench.join('worker-2')
  await bench.keeper.reviewed()
  second.leave()
  await bench.pass(20_000, ['worker-1'])
  return bench
}

describe('a task that is not ready yet', () => {
  it('turns a GPU on when its back-off is over: its server died under it', async () => {
    const { queue, clock, keeper, calls, join, pass } = open()
    const worker = join('worker-1')
    await submit(queue, 'request-1')
    const [lease] = await leaseAll(queue)
    if (lease === undefined) throw new Error('no lease')
    await queue.accept(refOf(lease), 'worker-1')
    worker.leave()
    await keeper.reviewed()
    clock.advance(QUEUE_TIMINGS.leaseMs + 1)
    expect(await queue.reap()).toBe(1)
    await keeper.reviewed()
    expect(calls).toEqual([])
    await pass(30_000)
    expect(calls).toEqual([{ action: 'on', serverId: 'GPU-001' }])
    expect(keeper.outlook().kind).toBe('starting')
  })

  it('turns one on when the queue is not paused any more', async () => {
    const { queue, calls, pass } = open()
    await queue.setPaused(true)
    await submit(queue, 'request-1')
    await pass(5 * MINUTE_MS)
    expect(calls).toEqual([])
    await queue.setPaused(false)
    await pass(15_000)
    expect(calls).toHaveLength(1)
  })

  it('is not looked after once it is gone', async () => {
    const { queue, clock, keeper, pass } = open()
    await queue.setPaused(true)
    const task = await submit(queue, 'request-1')
    await pass(MINUTE_MS)
    await queue.cancel(task.tenant, task.id)
    await pass(MINUTE_MS)
    await keeper.reviewed()
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('a server beside another', () => {
  it('is turned on where an operator drained the one that is there, and again where that fails', async () => {
    const { queue, fleet, keeper, calls, answers, pass } = await openPair()
    fleet.drain('GPU-001')
    await pass(MINUTE_MS, ['worker-1'])
    answers.push({ success: false, msg: 'no capacity' })
    await submit(queue, 'request-1')
    await keeper.reviewed()
    expect(calls).toEqual([{ action: 'on', serverId: 'GPU-002' }])
    await pass(2 * MINUTE_MS, ['worker-1'])
    expect(calls).toHaveLength(2)
  })

  it('is turned on for a phone that asks where an operator drained the one that is there', async () => {
    const { fleet, keeper, calls } = await openPair()
    fleet.drain('GPU-001')
    await keeper.reviewed()
    const result = await keeper.request({ action: 'on', serverId: null, cause: 'client' })
    expect([result.success, result.status, calls]).toEqual([true, 'starting', [{ action: 'on', serverId: null }]])
  })

  it('is turned on where the one that is there is going down', async () => {
    const { queue, keeper, calls } = await openPair()
    await keeper.request({ action: 'off', serverId: 'GPU-001', cause: 'operator' })
    await submit(queue, 'request-1')
    await keeper.reviewed()
    expect(calls.slice(1)).toEqual([{ action: 'on', serverId: 'GPU-002' }])
  })

  it('is not turned on while that one is only silent', async () => {
    const { queue, calls, pass } = await openPair()
    await submit(queue, 'request-1')
    await pass(45_000)
    expect(calls).toEqual([])
  })

  it('is told to have failed when it does not come', async () => {
    const { keeper, pass } = await openPair()
    await keeper.request({ action: 'on', serverId: 'GPU-002', cause: 'operator' })
    await pass(7 * MINUTE_MS, ['worker-1'])
    expect(keeper.state('GPU-002')).toBe('unknown')
    expect(keeper.results()[0]).toMatchObject({ server_id: 'GPU-002', success: false })
  })

  it('takes work again when it was turned off and stays', async () => {
    const { fleet, keeper, join, pass } = await openPair()
    join('worker-2')
    await keeper.reviewed()
    await keeper.request({ action: 'off', serverId: 'GPU-002', cause: 'operator' })
    expect(fleet.get('GPU-002')?.state).toBe('draining')
    await pass(6 * MINUTE_MS, bothOn)
    expect(fleet.get('GPU-002')?.state).toBe('online')
    expect(keeper.results()[0]).toMatchObject({ server_id: 'GPU-002', msg: 'it was turned off but is still online' })
  })
})

describe('what is expected while no server takes tasks', () => {
  const kindAfter = async ({ keeper }: Pick<ReturnType<typeof open>, 'keeper'>) => {
    await keeper.reviewed()
    return keeper.outlook().kind
  }

  it('is nothing while an operator’s drain lasts, connected or not, and again a start once it ended', async () => {
    const bench = open({ hook: 'none' })
    const worker = bench.join('worker-1')
    await bench.keeper.reviewed()
    bench.fleet.drain('GPU-001')
    await submit(bench.queue, 'request-1')
    expect(await kindAfter(bench)).toBe('withheld')
    worker.leave()
    await bench.pass(MINUTE_MS)
    expect(await kindAfter(bench)).toBe('withheld')
    bench.fleet.resume('GPU-001')
    expect(await kindAfter(bench)).toBe('waiting')
  })

  it('is nothing while a worker goes down by its own word', async () => {
    const bench = open({ hook: 'none' })
    bench.join('worker-1')
    await bench.keeper.reviewed()
    bench.fleet.setDraining('worker-1', true)
    await submit(bench.queue, 'request-1')
    expect(await kindAfter(bench)).toBe('withheld')
  })

  it('is nothing while all are on their way off, and a start once one was asked for', async () => {
    const bench = open()
    const workers = [bench.join('worker-1'), bench.join('worker-2')]
    await bench.keeper.reviewed()
    await bench.keeper.request({ action: 'off', serverId: null, cause: 'operator' })
    await submit(bench.queue, 'request-1')
    expect([await kindAfter(bench), bench.calls.length]).toEqual(['withheld', 1])
    for (const worker of workers) worker.leave()
    await bench.pass(30_000)
    expect([await kindAfter(bench), bench.calls[1]]).toEqual(['starting', { action: 'on', serverId: 'GPU-001' }])
  })

  it('is a start where only one of two is drained', async () => {
    const bench = open({ hook: 'none' })
    bench.join('worker-1')
    const second = bench.join('worker-2')
    await bench.keeper.reviewed()
    second.leave()
    await bench.pass(20_000, ['worker-1'])
    bench.fleet.drain('GPU-001')
    expect(await kindAfter(bench)).toBe('waiting')
  })
})

describe('servers that have nothing to do', () => {
  it('are turned off one after the other, each with a look at what waits by then', async () => {
    const { queue, fleet, calls, answers, keeper, join, pass } = open({ settings: { idle_off_minutes: 10 } })
    const first = Promise.withResolvers<{ success: boolean; msg: string }>()
    answers.push(first.promise)
    const worker = join('worker-1')
    join('worker-2')
    await pass(11 * MINUTE_MS, bothOn)
    expect(calls).toEqual([{ action: 'off', serverId: 'GPU-001' }])
    // The hook still runs; what happens meanwhile is seen all the same.
    worker.leave()
    await pass(10_000, ['worker-2'])
    expect(keeper.learnedBootSeconds('GPU-001')).toBeNull()
    await submit(queue, 'request-1')
    first.resolve({ success: true, msg: 'done' })
    await pass(MINUTE_MS, ['worker-2'])
    expect([calls.length, fleet.get('GPU-002')?.state]).toEqual([1, 'online'])
  })
})
