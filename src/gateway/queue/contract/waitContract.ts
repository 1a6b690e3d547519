import { describe, expect, it } from 'vitest'
import { leaseOne, startOne, stateOf, submit, SUCCESS, TENANT, WORKER } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

const YEARS_MS = 10 * 365 * 24 * 3_600_000

export function describeWaiting(open: OpenQueue): void {
  describe('how long a task may wait', () => {
    it('is told with the task, and people are warned once when most of it is over', async () => {
      const { queue, clock, timings, close } = await open()
      const task = await submit(queue, 'request-1', { ttlMs: 100_000 })
      expect(task).toMatchObject({ expiresAtMs: clock.now() + 100_000, expiresSoon: false })
      clock.advance(100_000 * timings.warnShare - 1)
      expect(await queue.reap()).toBe(0)
      clock.advance(1)
      expect(await queue.reap()).toBe(1)
      expect(await queue.reap()).toBe(0)
      expect(await queue.get(TENANT, task.id)).toMatchObject({ state: 'queued', expiresSoon: true, version: 2 })
      clock.advance(100_000 * (1 - timings.warnShare))
      await queue.reap()
      expect(await queue.get(TENANT, task.id)).toMatchObject({ state: 'expired', expiresSoon: false })
      await close()
    })

    it('ends only after a warning with time to act on it, also where both marks passed in one step', async () => {
      const { queue, clock, timings, close } = await open()
      const long = await submit(queue, 'request-1', { ttlMs: 3_600_000 })
      const short = await submit(queue, 'request-2', { ttlMs: 100_000 })
      clock.advance(3_600_000)
      await queue.reap()
      const lastMs = 100_000 * (1 - timings.warnShare)
      for (const [task, leftMs] of [
        [long, timings.warnedAtLeastMs],
        [short, lastMs],
      ] as const) {
        const expiresAtMs = clock.now() + leftMs
        expect(await queue.get(TENANT, task.id)).toMatchObject({ state: 'queued', expiresSoon: true, expiresAtMs })
      }
      clock.advance(lastMs)
      await queue.reap()
      expect([await stateOf(queue, long.id), await stateOf(queue, short.id)]).toEqual(['queued', 'expired'])
      clock.advance(timings.warnedAtLeastMs - lastMs)
      await queue.reap()
      expect(await stateOf(queue, long.id)).toBe('expired')
      await close()
    })

    it('has no end where the task says so, before and after a run', async () => {
      const { queue, clock, timings, close } = await open()
      const { expiresAtMs } = await submit(queue, 'request-1', { ttlMs: null })
      expect(expiresAtMs).toBeNull()
      for (const lease of [1, 2]) {
        clock.advance(YEARS_MS)
        await queue.reap()
        const ref = await startOne(queue)
        expect(ref.epoch).toBe(lease)
        await queue.settle(ref, WORKER, { kind: 'failed', failure: { code: 'TIMEOUT' }, retryable: true })
        clock.advance(timings.retryBackoff.capMs)
      }
      expect(await queue.settle(await leaseOne(queue), WORKER, SUCCESS)).toBe('ok')
      await close()
    })

    it('begins anew after a run, and with it the warning', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1', { ttlMs: 100_000 })
      clock.advance(90_000)
      await queue.reap()
      const ref = await startOne(queue)
      await queue.settle(ref, WORKER, { kind: 'failed', failure: { code: 'TIMEOUT' }, retryable: true })
      expect(await queue.get(TENANT, id)).toMatchObject({ expiresSoon: false, expiresAtMs: clock.now() + 100_000 })
      clock.advance(100_000 * timings.warnShare)
      await queue.reap()
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'queued', expiresSoon: true })
      await close()
    })
  })
}

export function describeWrongClocks(open: OpenQueue): void {
  describe('how long a task may wait', () => {
    it.each([24 * 3_600_000, -24 * 3_600_000, YEARS_MS, -1_700_000_000_000])(
      'does not change when the wall clock jumps by %d ms',
      async (jumpMs) => {
        const { queue, clock, timings, close } = await open()
        const waiting = await submit(queue, 'request-1')
        const ended = await submit(queue, 'request-2', { tenant: 't-beta' })
        await queue.cancel('t-beta', ended.id)
        const ref = await startOne(queue)
        clock.jumpWall(jumpMs)
        expect(await queue.reap()).toBe(0)
        expect(await stateOf(queue, ended.id, 't-beta')).toBe('cancelled')
        await queue.settle(ref, WORKER, SUCCESS)
        const next = await submit(queue, 'request-3')
        expect(next.expiresAtMs).toBe(clock.now() + timings.queuedTtlMs)
        clock.advance(timings.terminalKeptMs + 1)
        await queue.reap()
        expect(await stateOf(queue, waiting.id)).toBeUndefined()
        expect(await stateOf(queue, ended.id, 't-beta')).toBeUndefined()
        await close()
      },
    )
  })
}

export function describePausedWaiting(open: OpenQueue): void {
  describe('how long a task may wait', () => {
    it('stands still while an operator has paused the queue, also over a restart, and for what comes meanwhile', async () => {
      const at = await open()
      const { clock, timings } = at
      const before = await submit(at.queue, 'request-1', { ttlMs: 100_000 })
      clock.advance(30_000)
      await at.queue.setPaused(true)
      clock.advance(500_000)
      const meanwhile = await submit(at.queue, 'request-2', { ttlMs: 100_000 })
      await at.queue.setPaused(true)
      expect(await at.queue.reap()).toBe(0)
      const queue = await at.reopen()
      clock.advance(500_000)
      expect(await queue.reap()).toBe(0)
      expect(await queue.get(TENANT, before.id)).toMatchObject({ expiresAtMs: clock.now() + 70_000, version: 1 })
      await queue.setPaused(false)
      expect(await queue.get(TENANT, meanwhile.id)).toMatchObject({ expiresAtMs: clock.now() + 100_000, version: 1 })
      clock.advance(60_000)
      await queue.reap()
      expect(await queue.get(TENANT, before.id)).toMatchObject({ state: 'queued', expiresSoon: true })
      expect(await queue.get(TENANT, meanwhile.id)).toMatchObject({ state: 'queued', expiresSoon: false })
      // The look after a pause may be a minute late: the time after the warning is whole all the same.
      clock.advance(100_000 * (1 - timings.warnShare) - 1)
      await queue.reap()
      expect([await stateOf(queue, before.id), await stateOf(queue, meanwhile.id)]).toEqual(['queued', 'queued'])
      clock.advance(1)
      await queue.reap()
      expect([await stateOf(queue, before.id), await stateOf(queue, meanwhile.id)]).toEqual(['expired', 'queued'])
      expect(await queue.get(TENANT, meanwhile.id)).toMatchObject({ state: 'queued', expiresSoon: true })
      await at.close()
    })
  })
}
