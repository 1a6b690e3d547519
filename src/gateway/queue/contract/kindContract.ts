import { describe, expect, it } from 'vitest'
import type { TaskOptions } from '../../../protocol/task/index.ts'
import { kindsWith } from '../../taskKinds.ts'
import type { NewTask, QueuePort } from '../port.ts'
import { asks, newTask, submit, TASK_TYPE, TENANT } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

const PLAIN = [TASK_TYPE]
const wants = (options: TaskOptions): Partial<NewTask> => {
  const { payload } = newTask('request-options')
  return { payload: { ...payload, options } }
}
const idsOf = async (queue: QueuePort, features: readonly string[], credit = 10): Promise<readonly string[]> =>
  (await queue.lease(asks({ kinds: kindsWith(PLAIN, features), credit }))).map(({ task }) => task.id)

export function describeKinds(open: OpenQueue): void {
  describe('what a task needs of an engine', () => {
    it('is asked for by name, and holds up nobody who stands behind it', async () => {
      const at = await open()
      const badge = await submit(at.queue, 'request-1', wants({ ai_badge: true }))
      const both = await submit(at.queue, 'request-2', wants({ ai_badge: true, super_resolution: true }))
      const swing = await submit(at.queue, 'request-3', wants({ loop: 'pingpong', name: 'a' }))
      const plain = await submit(at.queue, 'request-4', wants({ loop: 'restart', ai_badge: false }))
      expect(badge).toMatchObject({ taskType: TASK_TYPE, payload: { options: { ai_badge: true } } })
      expect(await at.queue.nextTenant(asks({ kinds: PLAIN }))).toBe(TENANT)
      expect(await idsOf(at.queue, [])).toEqual([plain.id])
      expect(await at.queue.nextTenant(asks({ kinds: PLAIN }))).toBeNull()
      expect(await idsOf(at.queue, ['super_resolution'])).toEqual([])
      // As after a restart of the gateway.
      const queue = await at.reopen()
      expect(await idsOf(queue, ['loop'])).toEqual([swing.id])
      expect(await idsOf(queue, ['super_resolution', 'ai_badge'])).toEqual([badge.id, both.id])
      await at.close()
    })

    it('gives a tenant no second turn: all its kinds stand in one row', async () => {
      const { queue, close } = await open()
      const at = (tenant: string, options: TaskOptions) => ({ tenant, ...wants(options) })
      for (const number of [1, 2]) {
        await submit(queue, `plain-${String(number)}`, at('t-mixed', {}))
        await submit(queue, `badge-${String(number)}`, at('t-mixed', { ai_badge: true }))
        await submit(queue, `other-${String(number)}`, at('t-plain', {}))
      }
      const leases = await queue.lease(asks({ kinds: kindsWith(PLAIN, ['ai_badge']), credit: 4 }))
      expect(leases.map(({ task }) => task.tenant)).toEqual(['t-mixed', 't-plain', 't-mixed', 't-plain'])
      await close()
    })

    it('comes back with the task, wherever that has been', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1', wants({ super_resolution: true }))
      const [lease] = await queue.lease(asks({ kinds: kindsWith(PLAIN, ['super_resolution']) }))
      if (lease === undefined) throw new Error('nothing to lease')
      await queue.release({ task_id: id, epoch: lease.task.epoch, token: lease.token }, asks().workerId)
      clock.advance(timings.releaseMs)
      expect(await queue.position(id)).toBe(1)
      expect(await idsOf(queue, ['loop', 'ai_badge'])).toEqual([])
      expect(await idsOf(queue, ['loop', 'super_resolution'])).toEqual([id])
      await close()
    })
  })
}
