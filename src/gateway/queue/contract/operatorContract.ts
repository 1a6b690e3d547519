import { describe, expect, it } from 'vitest'
import {
  asks,
  leaseAll,
  newTask,
  PASSING_FAILURE,
  startOne,
  submit,
  submitMany,
  SUCCESS,
  TENANT,
  WORKER,
} from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

const NOBODY = `t_${'0'.repeat(32)}`

export function describeOperator(open: OpenQueue): void {
  describe('an operator', () => {
    it('finds tasks of all tenants, by id, by its beginning, by state and tenant, in pages', async () => {
      const { queue, close } = await open()
      const mine = await submit(queue, 'request-1')
      const theirs = await submit(queue, 'request-2', { tenant: 't-beta' })
      const started = await startOne(queue)
      expect(await queue.find(theirs.id)).toMatchObject({ tenant: 't-beta' })
      expect(await queue.find(NOBODY)).toBeUndefined()
      expect((await queue.findByPrefix(mine.id.slice(0, 24), 5)).map((task) => task.id)).toEqual([mine.id])
      expect(await queue.findByPrefix('t_', 1)).toHaveLength(1)
      const first = await queue.listAll({ limit: 1 })
      const second = await queue.listAll({ limit: 1, cursor: first.cursor ?? '' })
      expect([...first.tasks, ...second.tasks].map((task) => task.id)).toEqual([theirs.id, mine.id])
      expect(second.cursor).toBeNull()
      const ids = async (filter: Parameters<typeof queue.listAll>[0]) =>
        (await queue.listAll(filter)).tasks.map((task) => task.id)
      expect(await ids({ limit: 5, states: ['running'] })).toEqual([started.task_id])
      expect(await ids({ limit: 5, states: ['queued', 'running'], tenant: 't-beta' })).toEqual([theirs.id])
      expect(await queue.listAll({ limit: 5, cursor: NOBODY })).toEqual({ tasks: [], cursor: null })
      await close()
    })

    it('moves a waiting task to another class, as an event', async () => {
      const { queue, close } = await open()
      await submitMany(queue, 2)
      const low = await submit(queue, 'request-low', { priority: 'batch' })
      const { cursor } = await queue.since(TENANT, null, 1)
      expect(await queue.setPriority(low.id, 'interactive')).toBe('applied')
      expect((await queue.since(TENANT, cursor, 5)).events.map((event) => event.task.id)).toEqual([low.id])
      expect(await queue.position(low.id)).toBe(1)
      const ref = await startOne(queue)
      expect(ref.task_id).toBe(low.id)
      expect(await queue.get(TENANT, low.id)).toMatchObject({ priority: 'interactive' })
      expect(await queue.setPriority(low.id, 'batch')).toBe('stale')
      expect(await queue.setPriority(NOBODY, 'batch')).toBe('missing')
      await close()
    })

    it('moves a task before every other of its class, the latest first, for one turn', async () => {
      const { queue, clock, timings, close } = await open()
      const tasks = await submitMany(queue, 3, { tenant: 't-one' })
      const [other] = await submitMany(queue, 1, { tenant: 't-two' })
      const urgent = await submit(queue, 'request-urgent', { priority: 'interactive' })
      const ids = [tasks[2]?.id ?? '', other?.id ?? '']
      for (const id of ids) expect(await queue.moveToFront(id)).toBe('applied')
      const expected = [urgent.id, other?.id, tasks[2]?.id, tasks[0]?.id, tasks[1]?.id]
      expect(await Promise.all(expected.map((id) => queue.position(id ?? '')))).toEqual([1, 2, 3, 4, 5])
      await startOne(queue)
      const ref = await startOne(queue)
      expect(ref.task_id).toBe(other?.id)
      await queue.settle(ref, WORKER, PASSING_FAILURE)
      clock.advance(timings.retryBackoff.capMs)
      expect((await startOne(queue)).task_id).toBe(tasks[2]?.id)
      expect((await startOne(queue)).task_id).not.toBe(other?.id)
      await close()
    })
  })
}

export function describeQueueControl(open: OpenQueue): void {
  describe('an operator, over the whole queue', () => {
    it('pauses leasing alone: submits, results and cancels go on', async () => {
      const { queue, close } = await open()
      const ref = await startOneOf(queue)
      await submit(queue, 'request-2')
      await queue.setPaused(true)
      expect(await queue.isPaused()).toBe(true)
      expect(await leaseAll(queue)).toEqual([])
      expect(await queue.nextTenant(asks())).toBeNull()
      expect((await queue.submit(newTask('request-3'))).kind).toBe('created')
      expect(await queue.settle(ref, WORKER, SUCCESS)).toBe('ok')
      await queue.setPaused(false)
      expect(await leaseAll(queue)).toHaveLength(2)
      await close()
    })

    it('is told of the task that waits longest, wherever it stands', async () => {
      const { queue, clock, timings, close } = await open()
      const oldestMs = async () => (await queue.statistics()).oldestQueuedMs
      expect(await oldestMs()).toBeNull()
      await submit(queue, 'request-1')
      clock.advance(1000)
      const young = await submit(queue, 'request-2')
      clock.advance(1000)
      await queue.moveToFront(young.id)
      expect(await oldestMs()).toBe(2000)
      expect((await startOne(queue)).task_id).toBe(young.id)
      const first = await startOne(queue)
      expect(await oldestMs()).toBeNull()
      await queue.settle(first, WORKER, PASSING_FAILURE)
      await submit(queue, 'request-3')
      expect(await queue.statistics()).toMatchObject({ backingOff: 1, oldestQueuedMs: 2000 })
      clock.advance(timings.retryBackoff.capMs)
      await queue.moveToFront(first.task_id)
      expect(await oldestMs()).toBe(2000 + timings.retryBackoff.capMs)
      await close()
    })

    it('sees the queue in numbers', async () => {
      const { queue, clock, timings, close } = await open()
      const done = await startOneOf(queue)
      await queue.settle(done, WORKER, SUCCESS)
      await submit(queue, 'request-2')
      const lost = await startOne(queue)
      clock.advance(timings.leaseMs)
      await queue.reap()
      await submit(queue, 'request-3', { tenant: 't-beta', priority: 'batch' })
      await submit(queue, 'request-4', { tenant: 't-beta' })
      const running = await startOne(queue)
      clock.advance(7000)
      expect(await queue.statistics()).toMatchObject({
        paused: false,
        byClass: { interactive: 0, normal: 0, batch: 1 },
        backingOff: 1,
        suspects: 0,
        targeted: 0,
        // The one that backs off came before it.
        oldestQueuedMs: timings.leaseMs + 7000,
        byState: { queued: 2, running: 1, leased: 0, succeeded: 1, dead: 0 },
      })
      await queue.cancel('t-beta', running.task_id)
      clock.advance(timings.stallBackoffMs * 2)
      await queue.reap()
      const later = await queue.statistics()
      expect(later).toMatchObject({ backingOff: 0, suspects: 1, byState: { queued: 2, succeeded: 1, cancelling: 1 } })
      expect(later.tenants.toSorted((one, other) => one.tenant.localeCompare(other.tenant))).toEqual([
        { tenant: TENANT, queued: 1, live: 0 },
        { tenant: 't-beta', queued: 1, live: 1 },
      ])
      expect((await queue.find(lost.task_id))?.stalls).toBe(1)
      await close()
    })
  })
}

async function startOneOf(queue: Parameters<typeof submit>[0]) {
  await submit(queue, 'request-1')
  return startOne(queue)
}
