import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { submit } from '../queue/contract/fixture.ts'
import { openPowerBench as open } from '../testing/powerBench.ts'
import type { HookOutcome } from './port.ts'

const MINUTE_MS = 60_000
const FAILED: HookOutcome = { success: false, msg: 'no capacity' }

describe('the power hook after a restart of the gateway', () => {
  it('is left alone for as long as it was to be, and longer with each failure', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    first.answers.push(...Array.from({ length: 20 }, () => FAILED))
    await submit(first.queue, 'request-1')
    await first.pass(20 * MINUTE_MS)
    // At 0, 1, 2, 4, 8, 16 minutes: the next one 16 minutes later.
    expect(first.calls).toHaveLength(6)
    await first.stop()
    const second = open({ clock, db: first.db })
    second.answers.push(FAILED)
    await second.pass(10 * MINUTE_MS)
    expect(second.calls).toEqual([])
    await second.pass(5 * MINUTE_MS)
    expect(second.calls).toHaveLength(1)
    await second.pass(25 * MINUTE_MS)
    expect(second.calls).toHaveLength(1)
  })

  it('is not called again at once by a gateway that is killed during the call', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    const hook = Promise.withResolvers<HookOutcome>()
    first.answers.push(hook.promise)
    await submit(first.queue, 'request-1')
    await first.keeper.reviewed()
    expect(first.calls).toHaveLength(1)
    // Nothing of the first is stopped: as after SIGKILL.
    const second = open({ clock, db: first.db })
    await second.pass(50_000)
    expect(second.calls).toEqual([])
    await second.pass(20_000)
    expect(second.calls).toHaveLength(1)
    hook.resolve(FAILED)
  })

  it('is called at once when a server came by itself after the failures', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    first.answers.push(...Array.from({ length: 20 }, () => FAILED))
    const task = await submit(first.queue, 'request-1')
    await first.pass(20 * MINUTE_MS)
    await first.queue.cancel(task.tenant, task.id)
    const worker = first.join('worker-1')
    await first.keeper.reviewed()
    worker.leave()
    await first.pass(MINUTE_MS)
    await first.stop()
    const second = open({ clock, db: first.db })
    await submit(second.queue, 'request-2')
    await second.keeper.reviewed()
    expect(second.calls).toEqual([{ action: 'on', serverId: 'GPU-001' }])
  })

  it('is never left alone for longer than the longest pause, however the clock was set', async () => {
    const first = open()
    first.answers.push(FAILED)
    await submit(first.queue, 'request-1')
    await first.keeper.reviewed()
    await first.stop()
    const clock = createFakeClock(first.clock.now() - 24 * 60 * MINUTE_MS)
    const second = open({ clock, db: first.db })
    await second.pass(31 * MINUTE_MS)
    expect(second.calls.length).toBeGreaterThanOrEqual(1)
  })
})

describe('what was under way when the gateway ended', () => {
  it('is a stop: its server gets no work when it connects once more', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    first.join('worker-1')
    await first.keeper.reviewed()
    await first.keeper.request({ action: 'off', serverId: null, cause: 'operator' })
    await first.stop()
    clock.advance(10_000)
    const second = open({ clock, db: first.db })
    await submit(second.queue, 'request-1')
    const worker = second.join('worker-1')
    expect(second.fleet.get('GPU-001')?.state).toBe('draining')
    await second.pass(20_000, ['worker-1'])
    expect([second.keeper.state('GPU-001'), second.calls]).toEqual(['stopping', []])
    worker.leave()
    await second.pass(30_000)
    expect(second.calls).toEqual([{ action: 'on', serverId: 'GPU-001' }])
  })

  it('is a start beside a server that is there: it still counts as failed when it does not come', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    first.join('worker-1')
    const other = first.join('worker-2')
    await first.keeper.reviewed()
    other.leave()
    await first.keeper.reviewed()
    await first.keeper.request({ action: 'on', serverId: 'GPU-002', cause: 'operator' })
    await first.stop()
    const second = open({ clock, db: first.db })
    second.join('worker-1')
    await second.keeper.reviewed()
    expect(second.keeper.state('GPU-002')).toBe('starting')
    await second.pass(7 * MINUTE_MS, ['worker-1'])
    expect(second.keeper.state('GPU-002')).toBe('unknown')
    expect(second.keeper.results()[0]).toMatchObject({ server_id: 'GPU-002', success: false })
  })

  it('is nothing when it was long ago', async () => {
    const clock = createFakeClock()
    const first = open({ clock })
    first.join('worker-1')
    await first.keeper.reviewed()
    await first.keeper.request({ action: 'off', serverId: 'GPU-001', cause: 'operator' })
    await first.stop()
    clock.advance(10 * MINUTE_MS)
    const second = open({ clock, db: first.db })
    second.join('worker-1')
    expect(second.fleet.get('GPU-001')?.state).toBe('online')
  })
})
