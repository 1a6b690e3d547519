import { describe, expect, it, vi } from 'vitest'
import { openPowerBench as open } from '../testing/powerBench.ts'
import type { HookOutcome } from './port.ts'

const MINUTE_MS = 60_000
const on = { action: 'on', serverId: 'GPU-001', cause: 'operator' } as const
const off = { ...on, action: 'off' } as const

describe('a server that is turned on while it is being turned off', () => {
  it('is turned on when it is off, and does not teach that this takes no time', async () => {
    const { keeper, calls, join, pass } = open()
    const worker = join('worker-1')
    await keeper.reviewed()
    await keeper.request(off)
    expect(await keeper.request(on)).toMatchObject({ success: true, status: 'stopping' })
    await pass(20_000, ['worker-1'])
    expect([calls, keeper.learnedBootSeconds('GPU-001')]).toEqual([[{ action: 'off', serverId: 'GPU-001' }], null])
    worker.leave()
    await pass(40_000)
    expect([calls.slice(1), keeper.state('GPU-001')]).toEqual([[{ action: 'on', serverId: 'GPU-001' }], 'starting'])
    await pass(MINUTE_MS)
    join('worker-1')
    await keeper.reviewed()
    expect(keeper.learnedBootSeconds('GPU-001')).toBeGreaterThanOrEqual(60)
    expect(calls).toHaveLength(2)
  })

  it('is left alone when it was not turned off after all', async () => {
    const { keeper, calls, answers, fleet, join, pass } = open()
    const hook = Promise.withResolvers<HookOutcome>()
    answers.push(hook.promise)
    join('worker-1')
    await keeper.reviewed()
    const stopping = keeper.request(off)
    expect(await keeper.request(on)).toMatchObject({ success: true, status: 'stopping' })
    hook.resolve({ success: false, msg: 'not allowed' })
    expect((await stopping).success).toBe(false)
    await pass(MINUTE_MS, ['worker-1'])
    expect([calls.length, keeper.state('GPU-001'), fleet.get('GPU-001')?.state]).toEqual([1, 'running', 'online'])
  })

  it('is waited for by somebody who wants any server, where there is no other', async () => {
    const { keeper, calls, join, pass } = open()
    const worker = join('worker-1')
    await keeper.reviewed()
    await keeper.request(off)
    expect(await keeper.request({ action: 'on', serverId: null, cause: 'client' })).toMatchObject({
      status: 'stopping',
    })
    worker.leave()
    await pass(40_000)
    expect(calls).toEqual([
      { action: 'off', serverId: 'GPU-001' },
      { action: 'on', serverId: null },
    ])
  })
})

describe('a server that is being turned off', () => {
  it('is noted to stay where it was not turned off after all: it was busy, or the hook failed', async () => {
    const { answers, fleet, keeper, join } = open()
    join('worker-1')
    await keeper.reviewed()
    const lastNote = () => fleet.history('GPU-001').at(-1)?.code
    fleet.setHeld('worker-1', 1)
    await expect(keeper.request(off)).rejects.toMatchObject({ code: 'SERVER_BUSY' })
    expect(lastNote()).toBe('stays')
    fleet.setHeld('worker-1', 0)
    const hook = Promise.withResolvers<HookOutcome>()
    answers.push(hook.promise)
    const answer = keeper.request(off)
    expect(lastNote()).toBe('draining')
    hook.resolve({ success: false, msg: 'it exited with 3' })
    await answer
    expect(lastNote()).toBe('stays')
  })

  it('gets no work over a connection that breaks and comes back on the way', async () => {
    const { fleet, keeper, join, pass } = open()
    const first = join('worker-1')
    await keeper.reviewed()
    await keeper.request(off)
    // The old connection is only half gone when the next one comes.
    const second = join('worker-1')
    expect(fleet.get('GPU-001')?.state).toBe('draining')
    first.leave()
    second.leave()
    await pass(10_000)
    const third = join('worker-1')
    expect(fleet.get('GPU-001')?.state).toBe('draining')
    await pass(10_000, ['worker-1'])
    expect([keeper.state('GPU-001'), fleet.get('GPU-001')?.state]).toEqual(['stopping', 'draining'])
    third.leave()
    await pass(30_000)
    expect([keeper.state('GPU-001'), keeper.learnedBootSeconds('GPU-001')]).toEqual(['stopped', null])
  })

  it('takes work at once when it was asked for again, and after five minutes when it came by itself', async () => {
    const { fleet, keeper, join, pass } = open()
    const worker = join('worker-1')
    await keeper.reviewed()
    await keeper.request(off)
    worker.leave()
    await pass(30_000)
    const again = join('worker-1')
    await pass(MINUTE_MS, ['worker-1'])
    expect(fleet.get('GPU-001')?.state).toBe('draining')
    await pass(4 * MINUTE_MS, ['worker-1'])
    expect([keeper.state('GPU-001'), fleet.get('GPU-001')?.state]).toEqual(['running', 'online'])
    await keeper.request(off)
    again.leave()
    await pass(30_000)
    await keeper.request(on)
    join('worker-1')
    expect(fleet.get('GPU-001')?.state).toBe('online')
  })

  it('stays on its way off when a second call fails', async () => {
    const { answers, fleet, keeper, join } = open()
    answers.push({ success: true, msg: 'stopping' }, { success: false, msg: 'it stops already' })
    join('worker-1')
    await keeper.reviewed()
    await keeper.request(off)
    expect((await keeper.request(off)).success).toBe(false)
    expect([keeper.state('GPU-001'), fleet.get('GPU-001')?.state]).toEqual(['stopping', 'draining'])
  })

  it('is not asked to any more when the gateway stops meanwhile', async () => {
    const settled = Promise.withResolvers<undefined>()
    const { calls, fleet, keeper, join, pass } = open({
      settings: { idle_off_minutes: 10 },
      dispatchSettled: () => settled.promise,
    })
    join('worker-1')
    await keeper.reviewed()
    for (let step = 0; step < 2; step += 1) await pass(5 * MINUTE_MS - 5_000, ['worker-1'])
    void pass(15_000, ['worker-1'])
    await vi.waitFor(() => {
      expect(fleet.get('GPU-001')?.state).toBe('draining')
    })
    const stopped = keeper.stop()
    settled.resolve(undefined)
    await stopped
    expect(calls).toEqual([])
  })
})

describe('two calls to turn one server off', () => {
  /** The hook is slow; each call waits for dispatch until its gate opens. */
  async function openTwoCalls() {
    const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()] as const
    const waits = gates.map((gate) => gate.promise)
    const bench = open({ dispatchSettled: async () => waits.shift() })
    bench.join('worker-1')
    await bench.keeper.reviewed()
    return { ...bench, gates, seen: () => [bench.keeper.state('GPU-001'), bench.fleet.get('GPU-001')?.state] }
  }

  it('leave it without work while the second calls the hook, though the first was refused for a run', async () => {
    const { answers, calls, fleet, gates, keeper, seen } = await openTwoCalls()
    const hook = Promise.withResolvers<HookOutcome>()
    answers.push(hook.promise)
    fleet.setHeld('worker-1', 1)
    const [first, second] = [keeper.request(off), keeper.request(off)]
    gates[0].resolve(undefined)
    await expect(first).rejects.toMatchObject({ code: 'SERVER_BUSY' })
    expect(seen()).toEqual(['running', 'online'])
    fleet.setHeld('worker-1', 0)
    gates[1].resolve(undefined)
    await vi.waitFor(() => {
      expect(calls).toEqual([{ action: 'off', serverId: 'GPU-001' }])
    })
    expect(seen()).toEqual(['stopping', 'draining'])
    hook.resolve({ success: true, msg: 'stopping' })
    expect([(await second).success, ...seen()]).toEqual([true, 'stopping', 'draining'])
  })

  it('leave it without work while the second calls the hook, though that failed for the first', async () => {
    const { answers, calls, gates, keeper, seen } = await openTwoCalls()
    const hook = Promise.withResolvers<HookOutcome>()
    answers.push({ success: false, msg: 'not now' }, hook.promise)
    const [first, second] = [keeper.request(off), keeper.request(off)]
    gates[0].resolve(undefined)
    expect([(await first).success, ...seen()]).toEqual([false, 'running', 'online'])
    gates[1].resolve(undefined)
    await vi.waitFor(() => {
      expect(calls).toHaveLength(2)
    })
    expect(seen()).toEqual(['stopping', 'draining'])
    // It takes work again when that fails, too.
    hook.resolve({ success: false, msg: 'not now either' })
    expect([(await second).success, ...seen()]).toEqual([false, 'running', 'online'])
  })
})

it('learns nothing from a start that is faster than a machine can be: it was there already', async () => {
  const { clock, keeper, join } = open()
  await keeper.request({ ...on, serverId: null })
  clock.advance(1)
  join('worker-1')
  await keeper.reviewed()
  expect([keeper.learnedBootSeconds('GPU-001'), keeper.outlook().isLearned]).toEqual([null, false])
})
