import { describe, expect, it } from 'vitest'
import type { QueueChange, QueuePort } from '../port.ts'
import { startOne, submit, SUCCESS, TENANT, WORKER } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describeEvents(open: OpenQueue): void {
  describe('since, onChange', () => {
    it('tells a first start where the log ends', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      const start = await queue.since(TENANT, null, 10)
      expect(start).toMatchObject({ events: [], more: false, reset: false })
      expect(await queue.since(TENANT, start.cursor, 10)).toEqual(start)
      await close()
    })

    it('gives every change after the cursor, in pages, with the task as it is now', async () => {
      const { queue, close } = await open()
      const { cursor } = await queue.since(TENANT, null, 10)
      const { id } = await submit(queue, 'request-1')
      await queue.settle(await startOne(queue), WORKER, SUCCESS)
      const first = await queue.since(TENANT, cursor, 3)
      const second = await queue.since(TENANT, first.cursor, 3)
      expect([first.events.length, first.more, second.events.length, second.more]).toEqual([3, true, 1, false])
      const tasks = [...first.events, ...second.events].map((event) => [event.task.id, event.task.state])
      expect(tasks).toEqual(Array.from({ length: 4 }, () => [id, 'succeeded']))
      expect(await queue.since(TENANT, second.cursor, 3)).toMatchObject({ events: [], more: false, reset: false })
      await close()
    })

    it('shows a tenant only its own events, and numbers that tell nothing of others', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1', { tenant: 't-beta' })
      const before = await queue.since(TENANT, null, 10)
      await submit(queue, 'request-2', { tenant: 't-beta' })
      expect(await queue.since(TENANT, before.cursor, 10)).toEqual(before)
      await close()
    })

    it('resets a cursor that is too old, from the future or of another log', async () => {
      const { queue, timings, close } = await open()
      const { cursor: old } = await queue.since(TENANT, null, 10)
      for (let number = 0; number <= timings.eventsKept; number++) await submit(queue, `request-${String(number)}`)
      await queue.reap()
      const { cursor: newest } = await queue.since(TENANT, null, 10)
      const future = newest.replace(/\d+$/, '999')
      for (const cursor of [old, future, 'ffff-1', 'nonsense', '']) {
        expect(await queue.since(TENANT, cursor, 10)).toEqual({ events: [], cursor: newest, more: false, reset: true })
      }
      await close()
    })
  })
}

export function describeListeners(open: OpenQueue): void {
  describe('onChange', () => {
    it('announces after the commit, in the order of the log, until the listener leaves', async () => {
      const { queue, close } = await open()
      const { cursor } = await queue.since(TENANT, null, 10)
      const heard: QueueChange[] = []
      const leave = queue.onChange((change) => heard.push(change))
      await Promise.all(['request-1', 'request-2', 'request-3'].map((id) => submit(queue, id)))
      await startOne(queue)
      leave()
      await submit(queue, 'request-4')
      expect(heard.map((change) => [change.task.requestId, change.task.state, change.task.version])).toEqual([
        ['request-1', 'queued', 1],
        ['request-2', 'queued', 1],
        ['request-3', 'queued', 1],
        ['request-1', 'leased', 2],
        ['request-1', 'running', 3],
      ])
      const stored = (await queue.since(TENANT, cursor, 5)).events.map((event) => event.cursor)
      expect(heard.map((change) => change.cursor)).toEqual(stored)
      await close()
    })

    it('goes on where a listener throws: others hear, and whoever asked is answered', async () => {
      const { queue, close } = await open()
      const heard: string[] = []
      queue.onChange(() => {
        throw new Error('a listener of a test')
      })
      queue.onChange((change) => heard.push(change.cause))
      await startOneAfterSubmit(queue)
      expect(heard).toEqual(['submit', 'lease', 'accept'])
      await close()
    })
  })
}

async function startOneAfterSubmit(queue: QueuePort): Promise<void> {
  await submit(queue, 'request-1')
  await startOne(queue)
}
