import { describe, expect, it } from 'vitest'
import { leaseAll, leaseOne, newTask, startOne, stateOf, submit, SUCCESS, TENANT, WORKER } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describeReaping(open: OpenQueue): void {
  describe('reap', () => {
    it('touches nothing whose time is not over', async () => {
      const { queue, clock, timings, close } = await open()
      for (const id of ['request-1', 'request-2']) await submit(queue, id)
      await startOne(queue)
      await leaseOne(queue)
      clock.advance(timings.acceptMs - 1)
      expect(await queue.reap()).toBe(0)
      expect(await queue.counts()).toEqual({ queued: 0, leased: 1, running: 1, cancelling: 0 })
      await close()
    })

    it('takes a lease back that nobody accepted, without an attempt', async () => {
      const { queue, clock, timings, close } = await open()
      await submit(queue, 'request-1')
      const ref = await leaseOne(queue)
      clock.advance(timings.acceptMs)
      await queue.reap()
      expect(await queue.get(TENANT, ref.task_id)).toMatchObject({ state: 'queued', attempts: 0, stalls: 0 })
      expect(await queue.accept(ref, WORKER)).toBe('stale')
      await close()
    })

    it('ends nothing that was in time when it was asked to, however late it gets to it', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      await startOne(queue)
      clock.advance(timings.leaseMs - 1)
      // This process stands still (SIGSTOP, a machine that sleeps) between the call and its transaction.
      const reaping = queue.reap()
      clock.advance(timings.leaseMs)
      expect(await reaping).toBe(0)
      expect(await stateOf(queue, id)).toBe('running')
      await close()
    })

    it('runs a task again when its worker vanished, later each time, and gives up on the third', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      for (const stalls of [1, 2]) {
        await startOne(queue)
        clock.advance(timings.leaseMs)
        await queue.reap()
        expect(await queue.get(TENANT, id)).toMatchObject({ state: 'queued', stalls })
        clock.advance(timings.stallBackoffMs * 2 ** stalls - 1)
        expect(await leaseAll(queue)).toEqual([])
        clock.advance(1)
      }
      await startOne(queue)
      clock.advance(timings.leaseMs)
      await queue.reap()
      expect(await queue.get(TENANT, id)).toMatchObject({
        state: 'dead',
        stalls: 3,
        failure: { code: 'WORKER_LOST', data: { times: 3 } },
      })
      await close()
    })

    it('expires what waited too long, and a worker that never accepts does not prolong it', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      clock.advance(timings.queuedTtlMs / 2)
      await queue.release(await leaseOne(queue), WORKER)
      clock.advance(timings.queuedTtlMs * (timings.warnShare - 0.5))
      await queue.reap()
      clock.advance(timings.queuedTtlMs * (1 - timings.warnShare) - 1)
      await queue.reap()
      expect(await stateOf(queue, id)).toBe('queued')
      clock.advance(1)
      await queue.reap()
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'expired', failure: { code: 'TASK_EXPIRED' } })
      await close()
    })
  })
}

export function describeTimeItself(open: OpenQueue): void {
  describe('reap, when time is odd or long', () => {
    it('is not moved by a jump of the wall clock', async () => {
      const { queue, clock, timings, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      clock.jumpWall(10 * 365 * 24 * 3600 * 1000)
      expect(await queue.reap()).toBe(0)
      clock.jumpWall(-20 * 365 * 24 * 3600 * 1000)
      clock.advance(timings.leaseMs)
      expect(await queue.reap()).toBe(1)
      expect(await stateOf(queue, ref.task_id)).toBe('queued')
      await close()
    })

    it('spares live leases after a pause of this process', async () => {
      const { queue, clock, timings, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      clock.advance(timings.leaseMs + 1)
      await queue.grantGrace(60_000)
      expect(await queue.reap()).toBe(0)
      expect(await queue.settle(ref, WORKER, SUCCESS)).toBe('ok')
      await close()
    })

    it('forgets ended tasks after their time, and their request ids with them', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      await queue.cancel(TENANT, id)
      clock.advance(timings.terminalKeptMs)
      await queue.reap()
      expect((await queue.submit(newTask('request-1'))).kind).toBe('replayed')
      clock.advance(1)
      await queue.reap()
      expect(await stateOf(queue, id)).toBeUndefined()
      expect((await queue.submit(newTask('request-1'))).kind).toBe('created')
      await close()
    })
  })
}
