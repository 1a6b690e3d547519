import { describe, expect, it } from 'vitest'
import { ANY_VOICE } from '../../runModel/runModel.ts'
import { leaseAll, startOne, submit, SUCCESS, TENANT } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describeReading(open: OpenQueue): void {
  describe('list, position, counts', () => {
    it('pages a tenant’s tasks newest first, by state', async () => {
      const { queue, close } = await open()
      const tasks = [
        await submit(queue, 'request-1'),
        await submit(queue, 'request-2'),
        await submit(queue, 'request-3'),
      ]
      await submit(queue, 'request-4', { tenant: 't-beta' })
      await startOne(queue)
      const first = await queue.list(TENANT, { limit: 2 })
      const second = await queue.list(TENANT, { limit: 2, ...(first.cursor === null ? {} : { cursor: first.cursor }) })
      expect([...first.tasks, ...second.tasks].map((task) => task.id)).toEqual(
        tasks.map((task) => task.id).toReversed(),
      )
      expect(second.cursor).toBeNull()
      const queued = await queue.list(TENANT, { limit: 10, states: ['queued'] })
      expect(queued.tasks.map((task) => task.requestId)).toEqual(['request-3', 'request-2'])
      expect(await queue.list('t-beta', { limit: 2, cursor: tasks[0]?.id ?? '' })).toEqual({ tasks: [], cursor: null })
      await close()
    })

    it('orders by class, then by arrival, and leases in the order of the positions', async () => {
      const { queue, close } = await open()
      const batch = await submit(queue, 'request-1', { priority: 'batch' })
      const normal = await submit(queue, 'request-2')
      const urgent = await submit(queue, 'request-3', { priority: 'interactive' })
      const later = await submit(queue, 'request-4')
      const expected = [urgent.id, normal.id, later.id, batch.id]
      expect(await Promise.all(expected.map((id) => queue.position(id)))).toEqual([1, 2, 3, 4])
      expect((await leaseAll(queue)).map((lease) => lease.task.id)).toEqual(expected)
      expect(await queue.position(normal.id)).toBeNull()
      await close()
    })

    it('counts live tasks by state', async () => {
      const { queue, close } = await open()
      const ids = ['request-1', 'request-2', 'request-3', 'request-4', 'request-5']
      for (const id of ids) await submit(queue, id)
      const done = await startOne(queue)
      await queue.settle(done, 'worker-1', SUCCESS)
      const cancelled = await startOne(queue)
      await queue.cancel(TENANT, cancelled.task_id)
      await startOne(queue)
      await leaseAll(queue, 1)
      expect(await queue.counts()).toEqual({ queued: 1, leased: 1, running: 1, cancelling: 1 })
      await close()
    })

    it('keeps how long finished runs took per type and engine', async () => {
      const { queue, clock, close } = await open()
      for (const [requestId, runMs] of [
        ['request-1', 10_000],
        ['request-2', 20_000],
      ] as const) {
        await submit(queue, requestId)
        const ref = await startOne(queue)
        clock.advance(runMs)
        await queue.settle(ref, 'worker-1', SUCCESS)
      }
      const stats = await queue.runStats()
      expect(stats.map(({ taskType, engine, bucket, runs }) => [taskType, engine, bucket, runs])).toEqual([
        ['heygem_submit', 'preview', ANY_VOICE, 2],
      ])
      expect(stats[0]?.medianMs).toBeGreaterThan(10_000)
      expect(stats[0]?.medianMs).toBeLessThan(20_000)
      await close()
    })
  })
}
