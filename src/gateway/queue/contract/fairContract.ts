import { describe, expect, it } from 'vitest'
import type { QueuePort } from '../port.ts'
import { asks, leaseAll, refOf, runNext, startOne, submit, submitMany, SUCCESS } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describeFairness(open: OpenQueue): void {
  describe('fair order', () => {
    it('starts one task of each of nine tenants at once, though a tenth has thousands before them', async () => {
      const { queue, close } = await open(10_100)
      await submitMany(queue, 10_000, { tenant: 't-flood' })
      const early = await served(queue, 5)
      const others = Array.from({ length: 9 }, (_, index) => `t-${String(index)}`)
      for (const tenant of others) await submitMany(queue, 1, { tenant })
      const late = await served(queue, 11)
      expect(new Set(early)).toEqual(new Set(['t-flood']))
      expect(late.filter((tenant) => tenant !== 't-flood').toSorted()).toEqual(others)
      await close()
    })

    it('gives ten equal tenants equal parts, whenever one looks', async () => {
      const { queue, close } = await open(1000)
      const tenants = Array.from({ length: 10 }, (_, index) => `t-${String(index)}`)
      // In blocks: first come would serve them one after the other.
      for (const tenant of tenants) await submitMany(queue, 20, { tenant })
      for (let round = 0; round < 4; round++) {
        const got = await served(queue, 50)
        const shares = tenants.map((tenant) => got.filter((one) => one === tenant).length)
        expect(jain(shares)).toBeGreaterThanOrEqual(0.95)
      }
      await close()
    })

    it('owes nobody for the time in which nothing of them waited', async () => {
      const { queue, close } = await open(1000)
      await submitMany(queue, 100, { tenant: 't-busy' })
      await served(queue, 60)
      await submitMany(queue, 40, { tenant: 't-new' })
      const got = await served(queue, 20)
      expect(got.filter((tenant) => tenant === 't-new')).toHaveLength(10)
      await close()
    })

    it('keeps the order of one tenant’s tasks, also of different classes', async () => {
      const { queue, close } = await open(100)
      const batch = await submitMany(queue, 3, { priority: 'batch' })
      const normal = await submitMany(queue, 3)
      const urgent = await submitMany(queue, 2, { priority: 'interactive' })
      const expected = [...urgent, ...normal, ...batch].map((task) => task.id)
      expect((await leaseAll(queue, 20)).map((lease) => lease.task.id)).toEqual(expected)
      await close()
    })
  })
}

export function describeShares(open: OpenQueue): void {
  describe('parts of the fleet', () => {
    it('leaves one tenant at most half of the slots while another has something ready, and all when none has', async () => {
      const { queue, close } = await open(100)
      await submitMany(queue, 10, { tenant: 't-many' })
      await submitMany(queue, 1, { tenant: 't-few', priority: 'batch' })
      const first = await queue.lease(asks({ credit: 3, fleetSlots: 4 }))
      expect(first.map((lease) => lease.task.tenant)).toEqual(['t-many', 't-many', 't-few'])
      const second = await queue.lease(asks({ credit: 1, fleetSlots: 4 }))
      expect(second.map((lease) => lease.task.tenant)).toEqual(['t-many'])
      await close()
    })

    it('counts only what this worker could take as waiting', async () => {
      const { queue, close } = await open(100)
      await submitMany(queue, 4, { tenant: 't-many' })
      await submitMany(queue, 1, { tenant: 't-few', taskType: 'other' })
      const given = await queue.lease(asks({ credit: 2, fleetSlots: 1 }))
      expect(given.map((lease) => lease.task.tenant)).toEqual(['t-many', 't-many'])
      await close()
    })

    it('gives a share back when a run ends', async () => {
      const { queue, close } = await open(100)
      await submitMany(queue, 3, { tenant: 't-many' })
      const [held] = await queue.lease(asks({ fleetSlots: 2 }))
      await submitMany(queue, 2, { tenant: 't-few' })
      expect((await queue.lease(asks({ fleetSlots: 2 })))[0]?.task.tenant).toBe('t-few')
      if (held === undefined) throw new Error('nothing was leased')
      await queue.settle(refOf(held), asks().workerId, SUCCESS)
      expect((await queue.lease(asks({ fleetSlots: 2 })))[0]?.task.tenant).toBe('t-many')
      await close()
    })
  })

  describe('age', () => {
    it('lifts a batch task over a stream of interactive ones, class by class', async () => {
      const { queue, clock, timings, close } = await open(100)
      const old = await submit(queue, 'request-old', { tenant: 't-old', priority: 'batch' })
      const step = async (number: number) => {
        await submit(queue, `request-${String(number)}`, { tenant: 't-stream', priority: 'interactive' })
        return (await runNext(queue))?.tenant
      }
      for (const half of [1, 2]) {
        expect(await step(half)).toBe('t-stream')
        clock.advance(timings.ageMs)
        await queue.reap()
      }
      await submit(queue, 'request-last', { tenant: 't-stream', priority: 'interactive' })
      expect(new Set([(await runNext(queue))?.id, (await runNext(queue))?.id])).toContain(old.id)
      expect((await queue.find(old.id))?.priority).toBe('batch')
      await close()
    })

    it('stands still while an operator has paused the queue', async () => {
      const { queue, clock, timings, close } = await open(100)
      await submit(queue, 'request-old', { tenant: 't-old', priority: 'batch' })
      clock.advance(timings.ageMs / 2)
      await queue.setPaused(true)
      clock.advance(10 * timings.ageMs)
      await queue.reap()
      await queue.setPaused(false)
      expect((await queue.statistics()).byClass).toEqual({ interactive: 0, normal: 0, batch: 1 })
      clock.advance(timings.ageMs / 2)
      await queue.reap()
      expect((await queue.statistics()).byClass).toEqual({ interactive: 0, normal: 1, batch: 0 })
      await close()
    })

    it('lifts the first of every backlog, however long the others are', async () => {
      const { queue, clock, timings, close } = await open(3000)
      await submitMany(queue, 1000, { tenant: 't-flood', priority: 'batch' })
      await submitMany(queue, 1, { tenant: 't-small', priority: 'batch' })
      clock.advance(timings.ageMs)
      await queue.reap()
      await submitMany(queue, 5, { tenant: 't-normal' })
      const got = await served(queue, 6)
      expect(new Set(got)).toEqual(new Set(['t-flood', 't-small', 't-normal']))
      await close()
    })
  })
}

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

async function served(queue: QueuePort, count: number): Promise<string[]> {
  const tenants: string[] = []
  for (let number = 0; number < count; number++) {
    const task = await runNext(queue)
    if (task !== undefined) tenants.push(task.tenant)
  }
  return tenants
}

/** 1 = all the same. */
function jain(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0)
  const squares = shares.reduce((total, share) => total + share * share, 0)
  return (sum * sum) / (shares.length * squares)
}
