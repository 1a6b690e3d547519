import { describe, expect, it } from 'vitest'
import { served } from './fairContract.ts'
import { asks, leaseAll, startOne, submit, submitMany } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describePlaces(open: OpenQueue): void {
  describe('position', () => {
    it('is the order in which tasks of several tenants and classes are then leased', async () => {
      const { queue, close } = await open(200)
      await submitMany(queue, 7, { tenant: 't-one' })
      await submitMany(queue, 3, { tenant: 't-two', priority: 'batch' })
      await served(queue, 3)
      await submitMany(queue, 2, { tenant: 't-two' })
      await submitMany(queue, 4, { tenant: 't-three' })
      await submitMany(queue, 2, { tenant: 't-one', priority: 'batch' })
      const { tasks } = await queue.listAll({ states: ['queued'], limit: 100 })
      const places = new Map(
        await Promise.all(tasks.map(async (task) => [task.id, await queue.position(task.id)] as const)),
      )
      const leased = await leaseAll(queue, 100)
      expect(leased.map((lease) => places.get(lease.task.id))).toEqual(leased.map((_, index) => index + 1))
      await close()
    })

    it('of a new task is the one it gets when it is submitted', async () => {
      const { queue, close } = await open(200)
      await submitMany(queue, 20, { tenant: 't-flood' })
      await submitMany(queue, 3, { tenant: 't-flood', priority: 'batch' })
      await served(queue, 4)
      // Whatever others have waiting: the flood's next one is of a later turn.
      expect(await queue.positionOfNew('t-new', 'normal')).toBe(1)
      for (const tenant of ['t-new', 't-flood', 't-new']) {
        for (const priority of ['normal', 'batch', 'interactive'] as const) {
          const expected = await queue.positionOfNew(tenant, priority)
          const requestId = `new-${tenant}-${priority}-${String(expected)}`
          expect([
            tenant,
            priority,
            await queue.position((await submit(queue, requestId, { tenant, priority })).id),
          ]).toEqual([tenant, priority, expected])
        }
      }
      await close()
    })

    it('is nobody else’s where some of a tenant’s tasks want a worker to themselves', async () => {
      const { queue, clock, timings, close } = await open(20)
      const tasks = await submitMany(queue, 5)
      for (let run = 0; run < 2; run++) await startOne(queue)
      clock.advance(timings.leaseMs)
      await queue.reap()
      clock.advance(2 * timings.stallBackoffMs)
      await queue.reap()
      const places = await Promise.all(tasks.map((task) => queue.position(task.id)))
      expect(places.toSorted()).toEqual([1, 2, 3, 4, 5])
      await close()
    })

    it('is what it would be now for a task that waits out a back-off', async () => {
      const { queue, close } = await open(20)
      const [first] = await submitMany(queue, 3)
      const ref = await startOne(queue)
      await queue.settle(ref, asks().workerId, { kind: 'failed', failure: { code: 'TIMEOUT' }, retryable: true })
      expect(first).toBeDefined()
      expect(await queue.position(ref.task_id)).toBe(1)
      await close()
    })
  })
}

export function describeLongLines(open: OpenQueue): void {
  describe('position', () => {
    it('is measured by arrival in the middle of a long line, behind what was moved to the front', async () => {
      const { queue, close } = await open(100, 5)
      const tasks = await submitMany(queue, 60)
      const places = async (): Promise<(number | null)[]> => Promise.all(tasks.map((task) => queue.position(task.id)))
      expect(await places()).toEqual(tasks.map((_, index) => index + 1))
      // From the end of the line: whoever is measured from it would stand before the first.
      for (const task of tasks.slice(57)) await queue.moveToFront(task.id)
      expect(await places()).toEqual([...tasks.slice(0, 57).map((_, index) => index + 4), 3, 2, 1])
      // Gaps in the middle: nobody stands before the ones that are counted, or behind the end.
      for (const task of tasks.slice(10, 40)) await queue.cancel(task.tenant, task.id)
      const left = await places()
      expect(left.slice(0, 5)).toEqual([4, 5, 6, 7, 8])
      expect(left.slice(52, 57)).toEqual([26, 27, 28, 29, 30])
      for (const place of [...left.slice(5, 10), ...left.slice(40, 52)]) {
        expect(place).toBeGreaterThan(8)
        expect(place).toBeLessThan(26)
      }
      await close()
    })
  })
}
