import { describe, expect, it } from 'vitest'
import {
  LASTING_FAILURE,
  leaseAll,
  leaseOne,
  OUTPUT,
  PASSING_FAILURE,
  startOne,
  stateOf,
  submit,
  SUCCESS,
  TENANT,
  WORKER,
} from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describeSettlement(open: OpenQueue): void {
  describe('settle', () => {
    it('stores a result once and knows its repeat', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      const answers = await Promise.all([queue.settle(ref, WORKER, SUCCESS), queue.settle(ref, WORKER, SUCCESS)])
      expect(answers).toEqual(['ok', 'dup'])
      const task = await queue.get(TENANT, ref.task_id)
      expect(task).toMatchObject({ state: 'succeeded', output: OUTPUT, engine: 'preview', failure: null })
      expect(task?.finishedAtMs).not.toBeNull()
      await close()
    })

    it('never changes what has ended, whatever comes', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      await queue.settle(ref, WORKER, LASTING_FAILURE)
      const before = await queue.get(TENANT, ref.task_id)
      expect(await queue.settle(ref, WORKER, SUCCESS)).toBe('dup')
      expect((await queue.cancel(TENANT, ref.task_id)).kind).toBe('finished')
      expect(await queue.accept(ref, WORKER)).toBe('stale')
      await queue.reap()
      expect(await queue.get(TENANT, ref.task_id)).toEqual(before)
      expect(before).toMatchObject({ state: 'failed', failure: { code: 'MEDIA_INVALID' } })
      await close()
    })

    it('asks again for a file that is not there, while the lease counts', async () => {
      const { queue, clock, timings, close } = await open()
      for (const id of ['request-1', 'request-2']) await submit(queue, id)
      const [ref, other] = [await startOne(queue), await startOne(queue)]
      expect(await queue.settle(ref, WORKER, { kind: 'file_missing' })).toBe('retry')
      expect(await queue.settle(ref, 'worker-2', { kind: 'file_missing' })).toBe('unknown')
      expect(await stateOf(queue, ref.task_id)).toBe('running')
      await queue.settle(other, WORKER, LASTING_FAILURE)
      expect(await queue.settle(other, WORKER, { kind: 'file_missing' })).toBe('dup')
      clock.advance(timings.leaseMs)
      await queue.reap()
      expect(await queue.settle(ref, WORKER, { kind: 'file_missing' })).toBe('retry')
      await queue.cancel(TENANT, ref.task_id)
      expect(await queue.settle(ref, WORKER, { kind: 'file_missing' })).toBe('superseded')
      await close()
    })

    it('takes a result that overtook its acceptance', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      const ref = await leaseOne(queue)
      expect(await queue.settle(ref, WORKER, SUCCESS)).toBe('ok')
      expect(await queue.get(TENANT, ref.task_id)).toMatchObject({ state: 'succeeded', attempts: 1 })
      await close()
    })

    it('tries a passing error again after a back-off, and fails when the attempts are used up', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      for (let attempt = 1; attempt <= timings.maxAttempts; attempt++) {
        expect(await stateOf(queue, id)).toBe('queued')
        const ref = await startOne(queue)
        expect(await queue.settle(ref, WORKER, PASSING_FAILURE)).toBe('ok')
        expect(await queue.settle(ref, WORKER, PASSING_FAILURE)).toBe('dup')
        expect(await leaseAll(queue)).toEqual([])
        clock.advance(timings.retryBackoff.capMs)
      }
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'failed', failure: { code: 'TIMEOUT' }, attempts: 5 })
      await close()
    })
  })
}

export function describeLateResults(open: OpenQueue): void {
  describe('settle, from whom it is not expected', () => {
    it('takes a late result of the last lease, and none of an older one', async () => {
      const { queue, clock, timings, close } = await open()
      for (const id of ['request-1', 'request-2']) await submit(queue, id)
      const [late, tooLate] = [await startOne(queue), await startOne(queue)]
      clock.advance(timings.leaseMs)
      expect(await queue.reap()).toBe(2)
      expect(await queue.settle(late, WORKER, PASSING_FAILURE)).toBe('superseded')
      expect(await queue.settle(late, WORKER, SUCCESS)).toBe('ok')
      expect(await stateOf(queue, late.task_id)).toBe('succeeded')

      clock.advance(timings.stallBackoffMs * 4)
      const newer = await startOne(queue, 'worker-2')
      expect(newer.task_id).toBe(tooLate.task_id)
      expect(await queue.settle(tooLate, WORKER, SUCCESS)).toBe('superseded')
      expect(await stateOf(queue, tooLate.task_id)).toBe('running')
      expect(await queue.settle(newer, 'worker-2', SUCCESS)).toBe('ok')
      await close()
    })

    it('says what it knows nothing of', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      expect(await queue.settle({ ...ref, task_id: `t_${'0'.repeat(32)}` }, WORKER, SUCCESS)).toBe('unknown')
      expect(await queue.settle({ ...ref, epoch: 7 }, WORKER, SUCCESS)).toBe('unknown')
      expect(await queue.settle(ref, 'worker-2', SUCCESS)).toBe('unknown')
      expect(await queue.settle({ ...ref, token: '0'.repeat(32) }, WORKER, SUCCESS)).toBe('superseded')
      expect(await stateOf(queue, ref.task_id)).toBe('running')
      await close()
    })
  })
}
