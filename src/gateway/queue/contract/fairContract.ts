import { describe, expect, it } from 'vitest'
import type { QueuePort } from '../port.ts'
import { asks, leaseAll, refOf, runNext, submit, submitMany, SUCCESS } from './fixture.ts'
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
}

export function describeAgeing(open: OpenQueue): void {
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

export async function served(queue: QueuePort, count: number): Promise<string[]> {
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
