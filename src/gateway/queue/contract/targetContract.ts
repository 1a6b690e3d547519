import { describe, expect, it } from 'vitest'
import type { NewTask } from '../port.ts'
import { asks, leaseAll, refOf, startOne, submit, submitMany, TENANT } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

const REMOVE = 'delete_asset'
const DONE = { kind: 'succeeded', output: null, engine: null } as const
const removal = (targetWorker: string): Partial<NewTask> => ({
  taskType: REMOVE,
  targetWorker,
  ttlMs: null,
  payload: { asset: { id: 'asset-1', name: 'voice' }, files: [] },
})

export function describeTargets(open: OpenQueue): void {
  describe('a task for one worker only', () => {
    it('goes to that worker, before what anybody may take, and to no other', async () => {
      const { queue, close } = await open()
      await submitMany(queue, 2)
      const { id } = await submit(queue, 'request-9', removal('worker-2'))
      const kinds = [...asks().kinds, REMOVE]
      expect(await queue.waitingTargets()).toEqual(['worker-2'])
      const others = await queue.lease(asks({ workerId: 'worker-1', kinds, credit: 1 }))
      expect(others.map((lease) => lease.task.id)).not.toContain(id)
      const own = await queue.lease(asks({ workerId: 'worker-2', kinds, credit: 2 }))
      expect(own.map((lease) => lease.task.id)).toEqual([id, expect.any(String)])
      expect(own[0]?.task).toMatchObject({ targetWorker: 'worker-2', expiresAtMs: null })
      expect(await queue.waitingTargets()).toEqual([])
      await close()
    })

    it('waits for its worker though others ask, and counts for nobody’s limit, share or list', async () => {
      const { queue, limits, close } = await open()
      const cursor = (await queue.since(TENANT, null, 1)).cursor
      for (let number = 0; number <= limits.queuedPerTenant; number++) {
        await submit(queue, `request-${String(number)}`, removal('worker-gone'))
      }
      expect(await leaseAll(queue)).toEqual([])
      expect(await queue.nextTenant(asks({ kinds: [REMOVE] }))).toBeNull()
      expect(await queue.counts()).toEqual({ queued: 0, leased: 0, running: 0, cancelling: 0 })
      expect((await queue.list(TENANT, { limit: 10 })).tasks).toEqual([])
      expect((await queue.since(TENANT, cursor, 100)).events).toEqual([])
      expect((await queue.statistics()).targeted).toBe(limits.queuedPerTenant + 1)
      expect((await queue.listAll({ limit: 100 })).tasks).toHaveLength(limits.queuedPerTenant + 1)
      await submit(queue, 'request-video')
      await close()
    })

    it('stands in line behind the earlier ones of its worker alone', async () => {
      const { queue, close } = await open()
      await submitMany(queue, 3)
      await submit(queue, 'request-8', removal('worker-2'))
      const second = await submit(queue, 'request-9', removal('worker-2'))
      expect(await queue.position(second.id)).toBe(2)
      await close()
    })

    it('comes alone to its worker once that vanished under it', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1', removal('worker-2'))
      const kinds = [...asks().kinds, REMOVE]
      const [lease] = await queue.lease(asks({ workerId: 'worker-2', kinds }))
      if (lease === undefined) throw new Error('nothing was leased')
      await queue.accept(refOf(lease), 'worker-2')
      clock.advance(timings.leaseMs)
      await queue.reap()
      clock.advance(timings.stallBackoffMs * 2)
      await submit(queue, 'request-2')
      expect(await queue.waitingAlone()).toBe(0)
      const busy = await queue.lease(asks({ workerId: 'worker-2', kinds, isIdle: false, credit: 5 }))
      expect(busy.map((one) => one.task.requestId)).toEqual(['request-2'])
      const idle = await queue.lease(asks({ workerId: 'worker-2', kinds, credit: 5 }))
      expect(idle.map((one) => one.task.id)).toEqual([id])
      const [again] = idle
      if (again !== undefined) await queue.settle(refOf(again), 'worker-2', DONE)
      expect((await queue.get(TENANT, id))?.state).toBe('succeeded')
      await close()
    })
  })
}

export function describeNextTenant(open: OpenQueue): void {
  describe('nextTenant', () => {
    it('names whose task a lease would give, and changes nothing', async () => {
      const { queue, clock, timings, close } = await open()
      expect(await queue.nextTenant(asks())).toBeNull()
      await submit(queue, 'request-1', { tenant: 't-one' })
      await submit(queue, 'request-2', { tenant: 't-two' })
      for (const tenant of ['t-one', 't-two']) {
        expect(await queue.nextTenant(asks())).toBe(tenant)
        expect(await queue.nextTenant(asks())).toBe(tenant)
        const ref = await startOne(queue)
        expect((await queue.find(ref.task_id))?.tenant).toBe(tenant)
      }
      await submit(queue, 'request-3', { tenant: 't-three' })
      await queue.release(refOf((await leaseAll(queue, 1))[0] ?? fail()), asks().workerId)
      expect(await queue.nextTenant(asks())).toBeNull()
      clock.advance(timings.releaseMs)
      expect(await queue.nextTenant(asks())).toBe('t-three')
      await close()
    })
  })
}

function fail(): never {
  throw new Error('nothing was leased')
}
