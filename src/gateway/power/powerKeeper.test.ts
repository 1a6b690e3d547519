import { describe, expect, it, vi } from 'vitest'
import { DELETE_ASSET } from '../../protocol/task/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { submit } from '../queue/contract/fixture.ts'
import { openPowerBench as open } from '../testing/powerBench.ts'

const MINUTE_MS = 60_000

it('stores what it learned of a fleet that comes within one turn of the event loop once (F38)', async () => {
  const { db, keeper, join } = open()
  await keeper.reviewed()
  const transaction = vi.spyOn(db, 'transaction')
  for (let index = 0; index < 10; index++) {
    join(`worker-${String(index)}`)
    for (let step = 0; step < 20; step++) await Promise.resolve()
  }
  await keeper.reviewed()
  expect(transaction).toHaveBeenCalledTimes(1)
  expect(keeper.state('GPU-010')).toBe('running')
})

describe('a GPU that is off while work waits', () => {
  it('is turned on once, counts as starting, and teaches how long that takes', async () => {
    const { queue, fleet, keeper, calls, join, pass } = open()
    await submit(queue, 'request-1')
    await submit(queue, 'request-2')
    await keeper.reviewed()
    expect(calls).toEqual([{ action: 'on', serverId: null }])
    expect([fleet.status().status, keeper.state(), keeper.outlook().kind]).toEqual(['starting', 'starting', 'starting'])

    await pass(90_000)
    expect(calls).toHaveLength(1)
    join('worker-1')
    await keeper.reviewed()
    expect([fleet.status().status, keeper.state('GPU-001')]).toEqual(['online', 'running'])
    expect(keeper.learnedBootSeconds('GPU-001')).toBe(90)
    expect(keeper.results()).toMatchObject([{ action: 'on', server_id: null, success: true, cause: 'work' }])
  })

  it('is not asked for while nothing waits, nor for what only tidies up on one server', async () => {
    const { queue, keeper, calls, pass } = open()
    await submit(queue, 'request-1', { taskType: DELETE_ASSET, targetWorker: 'worker-1' })
    await pass(MINUTE_MS)
    await keeper.reviewed()
    expect(calls).toEqual([])
  })

  it('counts as offline again when it does not come, and is asked for again after a growing pause', async () => {
    const { queue, fleet, calls, keeper, pass } = open()
    await submit(queue, 'request-1')
    await keeper.reviewed()
    await pass(6 * MINUTE_MS + 10_000)
    expect([fleet.status().status, keeper.outlook().kind]).toEqual(['offline', 'waiting'])
    expect(keeper.results()[0]).toMatchObject({ success: false, msg: 'it did not come online within 6 minutes' })
    expect(calls).toHaveLength(1)
    await pass(MINUTE_MS + 10_000)
    expect(calls).toHaveLength(2)
    await pass(60 * MINUTE_MS)
    // Six minutes of patience each, and pauses of 1, 1, 2, 4, 8, 16 minutes between them.
    expect(calls.length).toBeGreaterThanOrEqual(5)
    expect(calls.length).toBeLessThanOrEqual(7)
  })

  it('gets two minutes at least, however fast a worker was started again before', async () => {
    const { queue, keeper, join, pass } = open()
    await submit(queue, 'request-1')
    await keeper.reviewed()
    await pass(5_000)
    const worker = join('worker-1')
    await keeper.reviewed()
    expect(keeper.learnedBootSeconds('GPU-001')).toBe(5)
    worker.leave()
    await keeper.reviewed()
    await pass(75_000)
    expect([keeper.results().length, keeper.outlook().kind]).toEqual([2, 'starting'])
    await pass(90_000)
    expect([keeper.results().length, keeper.outlook().kind]).toEqual([2, 'starting'])
    await pass(60_000)
    expect(keeper.results().map(({ msg }) => msg)).toContain('it did not come online within 2 minutes')
  })

  it.each(['a hook', 'no hook'] as const)(
    'does not count as off when only its worker was started again, and that teaches nothing (%s)',
    async (which) => {
      const { queue, keeper, calls, join, pass } = open(which === 'no hook' ? { hook: 'none' } : {})
      const worker = join('worker-1')
      await keeper.reviewed()
      await submit(queue, 'request-1')
      worker.leave()
      await keeper.reviewed()
      expect(keeper.outlook().kind).toBe('arriving')
      await pass(10_000)
      const again = join('worker-1')
      await keeper.reviewed()
      expect([keeper.learnedBootSeconds('GPU-001'), calls]).toEqual([null, []])

      again.leave()
      await pass(30_000)
      expect(keeper.outlook().kind).toBe(which === 'no hook' ? 'waiting' : 'starting')
      expect(calls).toEqual(which === 'no hook' ? [] : [{ action: 'on', serverId: 'GPU-001' }])
    },
  )

  it('is not hammered by a hook that fails', async () => {
    const { queue, calls, answers, keeper, fleet, pass } = open()
    answers.push(...Array.from({ length: 50 }, () => ({ success: false, msg: 'no such machine' })))
    await submit(queue, 'request-1')
    await keeper.reviewed()
    await pass(10_000)
    expect(fleet.status().status).toBe('offline')
    await pass(60 * MINUTE_MS)
    expect(calls.length).toBeGreaterThan(3)
    expect(calls.length).toBeLessThan(10)
    expect(keeper.results()[0]).toMatchObject({ success: false, msg: 'no such machine', status: 'unknown' })
  })

  it('is the next one when the first does not come', async () => {
    const { queue, calls, keeper, join, pass } = open()
    const [one, two] = [join('worker-1'), join('worker-2')]
    await keeper.reviewed()
    one.leave()
    two.leave()
    await keeper.reviewed()
    await submit(queue, 'request-1')
    await pass(8 * MINUTE_MS)
    expect(calls.slice(0, 2).map((call) => call.serverId)).toEqual(['GPU-001', 'GPU-002'])
  })

  it('is left off by an operator’s drain, and not helped while it is only silent', async () => {
    const { queue, fleet, calls, keeper, join, pass } = open()
    const worker = join('worker-1')
    await submit(queue, 'request-1')
    await pass(45_000)
    expect([fleet.status().status, calls]).toEqual(['offline', []])
    fleet.drain('GPU-001')
    worker.leave()
    await pass(MINUTE_MS)
    expect([keeper.state('GPU-001'), calls]).toEqual(['unknown', []])
  })

  it('learns from the wait alone where there is no hook, but not from a night', async () => {
    const { queue, keeper, join, pass } = open({ hook: 'none' })
    await submit(queue, 'request-1')
    await keeper.reviewed()
    await pass(150_000)
    const worker = join('worker-1')
    await keeper.reviewed()
    expect(keeper.learnedBootSeconds('GPU-001')).toBe(150)
    expect(keeper.outlook()).toMatchObject({ isLearned: true })
    worker.leave()
    await submit(queue, 'request-2')
    await pass(60 * MINUTE_MS)
    join('worker-1')
    await keeper.reviewed()
    expect(keeper.learnedBootSeconds('GPU-001')).toBe(150)
    await expect(keeper.request({ action: 'on', serverId: null, cause: 'client' })).rejects.toThrow('NO_POWER_HOOK')
  })
})

describe('a restart of the gateway', () => {
  it('goes on with the start that was asked for before', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    await submit(first.queue, 'request-1')
    await first.keeper.reviewed()
    await first.stop()
    clock.advance(30_000)
    const second = open({ clock, db: first.db })
    await second.keeper.reviewed()
    expect([second.calls, second.fleet.status().status]).toEqual([[], 'starting'])
    await second.pass(60_000)
    second.join('worker-1')
    await second.keeper.reviewed()
    expect(second.keeper.learnedBootSeconds('GPU-001')).toBe(90)
  })

  it('waits a moment for servers that were here, before any counts as off', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    first.join('worker-1')
    await first.keeper.reviewed()
    await first.stop()
    const second = open({ clock, db: first.db })
    await submit(second.queue, 'request-1')
    await second.keeper.reviewed()
    expect([second.keeper.outlook().kind, second.calls]).toEqual(['arriving', []])
    await second.pass(20_000)
    expect([second.keeper.outlook().kind, second.calls.length]).toEqual(['starting', 1])
  })

  it('does not go on with a start that was over: the server came and was turned off again', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    await first.keeper.request({ action: 'on', serverId: null, cause: 'operator' })
    await first.pass(60_000)
    const worker = first.join('worker-1')
    await first.keeper.reviewed()
    await first.keeper.request({ action: 'off', serverId: 'GPU-001', cause: 'operator' })
    worker.leave()
    await first.keeper.reviewed()
    await first.stop()
    const second = open({ clock, db: first.db })
    await submit(second.queue, 'request-1')
    await second.keeper.reviewed()
    expect([second.keeper.state('GPU-001'), second.fleet.status().status]).toEqual(['stopping', 'offline'])
    await second.pass(30_000)
    expect(second.calls).toEqual([{ action: 'on', serverId: 'GPU-001' }])
  })

  it('waits for a worker it was promised', async () => {
    const { keeper, queue, calls, pass } = open({ expectsWorker: true })
    await submit(queue, 'request-1')
    await keeper.reviewed()
    expect([keeper.outlook().kind, calls]).toEqual(['arriving', []])
    await pass(20_000)
    expect(calls).toHaveLength(1)
  })
})

describe('a GPU that has nothing to do', () => {
  const settings = { idle_off_minutes: 10 }

  it('is drained, turned off, and turned on again for new work', async () => {
    const { queue, fleet, keeper, calls, join, pass } = open({ settings })
    const worker = join('worker-1')
    await pass(9 * MINUTE_MS, ['worker-1'])
    expect(calls).toEqual([])
    await pass(MINUTE_MS + 10_000, ['worker-1'])
    expect(calls).toEqual([{ action: 'off', serverId: 'GPU-001' }])
    expect([fleet.get('GPU-001')?.state, keeper.state('GPU-001')]).toEqual(['draining', 'stopping'])
    await submit(queue, 'request-1')
    await keeper.reviewed()
    expect(calls).toHaveLength(1)
    worker.leave()
    await pass(MINUTE_MS)
    expect(calls).toEqual([
      { action: 'off', serverId: 'GPU-001' },
      { action: 'on', serverId: 'GPU-001' },
    ])
    join('worker-1')
    await keeper.reviewed()
    expect([fleet.get('GPU-001')?.state, keeper.state('GPU-001')]).toEqual(['online', 'running'])
  })

  it('stays on while it works now and then', async () => {
    const { keeper, calls, fleet, join, pass } = open({ settings })
    join('worker-1')
    for (let round = 0; round < 4; round += 1) {
      await pass(8 * MINUTE_MS, ['worker-1'])
      fleet.setHeld('worker-1', 1)
      await pass(15_000, ['worker-1'])
      fleet.setHeld('worker-1', 0)
    }
    await keeper.reviewed()
    expect(calls).toEqual([])
  })

  it('takes work again when the hook fails or the machine stays on', async () => {
    const { answers, fleet, keeper, calls, join, pass } = open({ settings })
    answers.push({ success: false, msg: 'not allowed' })
    join('worker-1')
    await pass(10 * MINUTE_MS + 10_000, ['worker-1'])
    expect([calls.length, fleet.get('GPU-001')?.state, keeper.state('GPU-001')]).toEqual([1, 'online', 'running'])
    await pass(10 * MINUTE_MS + 10_000, ['worker-1'])
    expect([calls.length, fleet.get('GPU-001')?.state]).toEqual([2, 'draining'])
    await pass(6 * MINUTE_MS, ['worker-1'])
    expect([fleet.get('GPU-001')?.state, keeper.state('GPU-001')]).toEqual(['online', 'running'])
    expect(keeper.results()[0]).toMatchObject({ success: false, msg: 'it was turned off but is still online' })
  })

  it('is turned off once, whoever asks meanwhile', async () => {
    const { fleet, keeper, calls, join } = open()
    join('worker-1')
    await keeper.reviewed()
    const request = { action: 'off', serverId: 'GPU-001', cause: 'operator' } as const
    const [one, two] = await Promise.all([keeper.request(request), keeper.request(request)])
    expect([one, calls]).toEqual([two, [{ action: 'off', serverId: 'GPU-001' }]])
    expect(fleet.get('GPU-001')?.state).toBe('draining')
  })

  it('takes work again also while nothing can be stored', async () => {
    const { db, fleet, keeper, join, pass } = open({ settings })
    join('worker-1')
    await pass(10 * MINUTE_MS + 10_000, ['worker-1'])
    expect(fleet.get('GPU-001')?.state).toBe('draining')
    db.exec('ALTER TABLE server_power RENAME TO away')
    const other = join('worker-2')
    await pass(6 * MINUTE_MS, ['worker-1', 'worker-2'])
    expect(fleet.get('GPU-001')?.state).toBe('online')
    db.exec('ALTER TABLE away RENAME TO server_power')
    other.leave()
    await keeper.reviewed()
    expect(db.all('SELECT server, is_here FROM server_power')).toEqual([
      { server: 'GPU-001', is_here: 1 },
      { server: 'GPU-002', is_here: 0 },
    ])
  })

  it('is forgotten when an operator removes it', async () => {
    const { db, fleet, keeper, join } = open()
    const worker = join('worker-1')
    await keeper.reviewed()
    worker.leave()
    await keeper.reviewed()
    await keeper.request({ action: 'on', serverId: 'GPU-001', cause: 'operator' })
    expect(fleet.remove('GPU-001').kind).toBe('applied')
    join('worker-2')
    await keeper.reviewed()
    expect(keeper.state('GPU-001')).toBe('unknown')
    expect(db.all('SELECT server FROM server_power')).toEqual([{ server: 'GPU-002' }])
  })

  it('is never turned off under a running task', async () => {
    const { fleet, keeper, calls, join } = open()
    join('worker-1')
    fleet.setHeld('worker-1', 1)
    await keeper.reviewed()
    const off = keeper.request({ action: 'off', serverId: 'GPU-001', cause: 'operator' })
    await expect(off).rejects.toMatchObject({ code: 'SERVER_BUSY', data: { server: 'GPU-001' } })
    expect([calls, fleet.get('GPU-001')?.state]).toEqual([[], 'online'])
  })
})

describe('somebody who asks for power', () => {
  it('gets the result of the call, and of the same call when it asks again', async () => {
    const { keeper, calls } = open()
    const request = { action: 'on', serverId: null, cause: 'client' } as const
    const [one, two] = await Promise.all([keeper.request(request), keeper.request(request)])
    expect(one).toEqual(two)
    expect(one).toMatchObject({ success: true, status: 'starting', msg: 'asked for' })
    expect(await keeper.request(request)).toMatchObject({ success: true, status: 'starting' })
    expect(calls).toHaveLength(1)
  })

  it('is told that it runs already', async () => {
    const { keeper, calls, join } = open()
    join('worker-1')
    await keeper.reviewed()
    const result = await keeper.request({ action: 'on', serverId: 'GPU-001', cause: 'operator' })
    expect([result.success, result.status, result.msg, calls]).toEqual([true, 'running', 'already running', []])
  })

  it('cannot make a failing hook run again and again', async () => {
    const { keeper, calls, answers } = open()
    answers.push({ success: false, msg: 'no credit' })
    const request = { action: 'on', serverId: null, cause: 'client' } as const
    expect(await keeper.request(request)).toMatchObject({ success: false, msg: 'no credit' })
    expect(await keeper.request(request)).toMatchObject({ success: false, msg: 'no credit' })
    expect(calls).toHaveLength(1)
    expect(await keeper.request({ ...request, cause: 'operator' })).toMatchObject({ success: true })
    expect(calls).toHaveLength(2)
  })
})
