import { describe, expect, it } from 'vitest'
import { newTask, submit, TENANT } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describeSubmit(open: OpenQueue): void {
  describe('submit', () => {
    it('stores a queued task that is read back as it was given', async () => {
      const { queue, close } = await open()
      const task = await submit(queue, 'request-1', { priority: 'interactive' })
      expect(await queue.get(TENANT, task.id)).toEqual(task)
      expect(task).toMatchObject({ state: 'queued', priority: 'interactive', epoch: 0, attempts: 0, version: 1 })
      expect(task.payload).toEqual(newTask('request-1').payload)
      await close()
    })

    it('answers a repeat with the same task, whatever the order of its keys', async () => {
      const { queue, close } = await open()
      const first = await submit(queue, 'request-1', withOptions({ loop: 'pingpong', name: 'a' }))
      const again = await queue.submit(newTask('request-1', withOptions({ name: 'a', loop: 'pingpong' })))
      expect(again).toEqual({ kind: 'replayed', task: first })
      await close()
    })

    it('refuses the same request id with another payload', async () => {
      const { queue, close } = await open()
      const { id } = await submit(queue, 'request-1')
      const other = await queue.submit(newTask('request-1', withOptions({ name: 'other' })))
      expect(other).toEqual({ kind: 'conflict', taskId: id })
      await close()
    })

    it('makes one task of many submits at the same time', async () => {
      const { queue, close } = await open()
      const outcomes = await Promise.all(Array.from({ length: 100 }, () => queue.submit(newTask('request-1'))))
      expect(outcomes.filter((outcome) => outcome.kind === 'created')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome.kind === 'replayed')).toHaveLength(99)
      expect((await queue.list(TENANT, { limit: 10 })).tasks).toHaveLength(1)
      await close()
    })

    it('keeps request ids of tenants apart and shows nobody another tenant’s task', async () => {
      const { queue, close } = await open()
      const mine = await submit(queue, 'request-1')
      const theirs = await submit(queue, 'request-1', { tenant: 't-beta' })
      expect(theirs.id).not.toBe(mine.id)
      expect(await queue.get('t-beta', mine.id)).toBeUndefined()
      expect(await queue.cancel('t-beta', mine.id)).toEqual({ kind: 'missing' })
      await close()
    })

    it('is full per tenant and in all, also within one turn, and counts again after an end', async () => {
      const { queue, limits, close } = await open()
      const ids = Array.from({ length: limits.queuedPerTenant + 1 }, (_, index) => `request-${String(index)}`)
      const outcomes = await Promise.all(ids.map((id) => queue.submit(newTask(id))))
      expect(outcomes.at(-1)).toEqual({ kind: 'full', scope: 'tenant', limit: limits.queuedPerTenant })
      expect(outcomes.filter((outcome) => outcome.kind === 'created')).toHaveLength(limits.queuedPerTenant)

      const others = Array.from({ length: limits.queuedInAll }, (_, index) =>
        queue.submit(newTask(`request-${String(index)}`, { tenant: `t-${String(index)}` })),
      )
      expect((await Promise.all(others)).at(-1)).toEqual({ kind: 'full', scope: 'all', limit: limits.queuedInAll })

      const first = outcomes[0]
      if (first?.kind !== 'created') throw new Error('the first submit was refused')
      await queue.cancel(TENANT, first.task.id)
      expect((await queue.submit(newTask('request-new'))).kind).toBe('created')
      await close()
    })
  })
}

export function describeInputs(open: OpenQueue): void {
  describe('the inputs of a submit', () => {
    it('are asked for when it is stored: gone while it was on its way, nothing of it stays', async () => {
      const { queue, close } = await open()
      const { cursor } = await queue.since(TENANT, null, 10)
      let areThere = true
      const refused = queue.submit(newTask('request-1', { areInputsThere: () => areThere }))
      areThere = false
      expect(await refused).toEqual({ kind: 'inputs_missing' })
      expect((await queue.listAll({ limit: 10 })).tasks).toEqual([])
      expect((await queue.since(TENANT, cursor, 10)).events).toEqual([])
      expect([await queue.counts(), await queue.arriving()]).toMatchObject([{ queued: 0 }, []])
      expect((await submit(queue, 'request-1', { areInputsThere: () => true })).state).toBe('queued')
      await close()
    })

    it('cannot go between the yes and the telling of the task', async () => {
      const { queue, close } = await open()
      const order: string[] = []
      queue.onChange(({ cause }) => order.push(cause))
      const areInputsThere = (): boolean => {
        order.push('asked')
        // The first that somebody else could do.
        queueMicrotask(() => order.push('somebody else'))
        return true
      }
      // Another write of the same turn does not come in between either.
      await Promise.all([submit(queue, 'request-1', { areInputsThere }), submit(queue, 'request-2')])
      expect(order).toEqual(['asked', 'submit', 'submit', 'somebody else'])
      await close()
    })

    it('matter to a new task only, and make no other request of it', async () => {
      const { queue, close } = await open()
      const first = await submit(queue, 'request-1', { areInputsThere: () => true })
      const again = await queue.submit(newTask('request-1', { areInputsThere: () => false }))
      expect(again).toEqual({ kind: 'replayed', task: first })
      await close()
    })

    it('that cannot be looked up fail that submit, and no other of the turn', async () => {
      const { queue, close } = await open()
      const areInputsThere = (): boolean => {
        throw new Error('not to be read')
      }
      const [bad, good] = await Promise.allSettled([
        queue.submit(newTask('request-1', { areInputsThere })),
        submit(queue, 'request-2'),
      ])
      expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled'])
      expect((await queue.list(TENANT, { limit: 10 })).tasks.map(({ requestId }) => requestId)).toEqual(['request-2'])
      await close()
    })
  })
}

function withOptions(options: { loop?: 'pingpong'; name?: string }) {
  return { payload: { ...newTask('any').payload, options } }
}
