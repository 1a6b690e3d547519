import { describe, expect, it } from 'vitest'
import { leaseAll, leaseOne, OUTPUT, startOne, stateOf, submit, SUCCESS, TENANT, WORKER } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describeCancel(open: OpenQueue): void {
  describe('cancel', () => {
    it('ends a queued task at once, and says so again', async () => {
      const { queue, close } = await open()
      const { id } = await submit(queue, 'request-1')
      expect(await queue.cancel(TENANT, id)).toMatchObject({ kind: 'cancelled', task: { state: 'cancelled' } })
      expect(await queue.cancel(TENANT, id)).toMatchObject({ kind: 'already_cancelled', task: { state: 'cancelled' } })
      expect(await leaseAll(queue)).toEqual([])
      await close()
    })

    it('ends a leased task at once and fences its holder off', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      const ref = await leaseOne(queue)
      expect(await queue.cancel(TENANT, ref.task_id)).toMatchObject({ kind: 'cancelled', task: { epoch: 2 } })
      expect(await queue.accept(ref, WORKER)).toBe('stale')
      expect(await queue.settle(ref, WORKER, SUCCESS)).toBe('superseded')
      expect(await queue.extend(WORKER, [ref])).toMatchObject({ revoked: [ref.task_id] })
      await close()
    })

    it('asks the worker of a running task, and ends with its confirmation', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      expect((await queue.cancel(TENANT, ref.task_id)).kind).toBe('cancelling')
      expect((await queue.cancel(TENANT, ref.task_id)).kind).toBe('cancelling')
      expect(await queue.settle(ref, WORKER, { kind: 'cancelled' })).toBe('ok')
      expect(await queue.settle(ref, WORKER, { kind: 'cancelled' })).toBe('dup')
      expect(await stateOf(queue, ref.task_id)).toBe('cancelled')
      await close()
    })

    it('ends without the worker when the grace is over', async () => {
      const { queue, clock, timings, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      await queue.cancel(TENANT, ref.task_id)
      // A heartbeat in between renews nothing: the person is waiting.
      await queue.extend(WORKER, [ref])
      clock.advance(timings.cancelGraceMs)
      expect(await queue.reap()).toBe(1)
      expect(await queue.get(TENANT, ref.task_id)).toMatchObject({ state: 'cancelled', epoch: ref.epoch + 1 })
      expect(await queue.settle(ref, WORKER, { kind: 'cancelled' })).toBe('superseded')
      expect(await queue.extend(WORKER, [ref])).toMatchObject({ revoked: [ref.task_id], cancel: [] })
      await close()
    })
  })
}

export function describeLateCancels(open: OpenQueue): void {
  describe('cancel, when something else comes first', () => {
    it('keeps a result that came while it was cancelled for a day, and never shows it as done', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      const ref = await startOne(queue)
      await queue.cancel(TENANT, id)
      expect(await queue.settle(ref, WORKER, SUCCESS)).toBe('ok')
      expect(await queue.settle(ref, WORKER, SUCCESS)).toBe('dup')
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'cancelled', output: null, lateOutput: OUTPUT })
      clock.advance(timings.lateOutputKeptMs - 1)
      expect(await queue.get(TENANT, id)).toMatchObject({ lateOutput: OUTPUT })
      clock.advance(1)
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'cancelled', lateOutput: null })
      await close()
    })

    it('says who let the time for a cancel run out', async () => {
      const { queue, clock, timings, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      const causes: unknown[] = []
      queue.onChange((change) => causes.push([change.cause, change.task.workerId]))
      await queue.cancel(TENANT, ref.task_id)
      clock.advance(timings.cancelGraceMs)
      await queue.reap()
      expect(causes).toEqual([
        ['cancel', WORKER],
        ['giveUpCancel', WORKER],
      ])
      await close()
    })

    it('lets exactly one of a cancel and a result win, whichever is stored first', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      await submit(queue, 'request-2')
      const [first, second] = [await startOne(queue), await startOne(queue)]
      await Promise.all([queue.cancel(TENANT, first.task_id), queue.settle(first, WORKER, SUCCESS)])
      expect(await queue.get(TENANT, first.task_id)).toMatchObject({ state: 'cancelled', output: null })
      const [settled, cancelled] = await Promise.all([
        queue.settle(second, WORKER, SUCCESS),
        queue.cancel(TENANT, second.task_id),
      ])
      expect([settled, cancelled.kind]).toEqual(['ok', 'finished'])
      expect(await stateOf(queue, second.task_id)).toBe('succeeded')
      await close()
    })
  })
}
