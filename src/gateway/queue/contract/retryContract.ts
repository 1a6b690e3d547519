import { describe, expect, it } from 'vitest'
import type { Settlement } from '../port.ts'
import { leaseAll, startOne, submit, TENANT, WORKER } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

const failed = (code: string, retryable = true): Settlement => ({ kind: 'failed', failure: { code }, retryable })

export function describeRetries(open: OpenQueue): void {
  describe('what a failure means for the next try', () => {
    it('never counts a rate limit as an attempt, and backs off longer each time', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      const ceilings: number[] = []
      for (let refusal = 0; refusal < 8; refusal++) {
        await queue.settle(await startOne(queue), WORKER, failed('RATE_LIMITED'))
        const task = await queue.get(TENANT, id)
        expect(task).toMatchObject({ state: 'queued', attempts: 0, failure: { code: 'RATE_LIMITED' } })
        const waitMs = (task?.notBeforeMs ?? 0) - clock.now()
        ceilings.push(waitMs * 2)
        clock.advance(waitMs)
      }
      const { baseMs, capMs } = timings.limitedBackoff
      expect(ceilings).toEqual([1, 2, 4, 8, 16, 32, 64, 128].map((factor) => Math.min(capMs, baseMs * factor)))
      await close()
    })

    it('lets a task that is always refused expire in its time', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      for (let gone = 0; gone < timings.queuedTtlMs; gone += timings.queuedTtlMs / 16) {
        const [lease] = await leaseAll(queue, 1)
        if (lease === undefined) break
        const ref = { task_id: lease.task.id, epoch: lease.task.epoch, token: lease.token }
        await queue.settle(ref, WORKER, failed('RATE_LIMITED'))
        clock.advance(timings.queuedTtlMs / 16)
        await queue.reap()
      }
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'expired', failure: { code: 'TASK_EXPIRED' } })
      await close()
    })

    it('tries once more after a full GPU memory, also with other failures in between', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      for (const code of ['GPU_OOM', 'TIMEOUT', 'GPU_OOM']) {
        expect((await queue.get(TENANT, id))?.state).toBe('queued')
        await queue.settle(await startOne(queue), WORKER, failed(code))
        clock.advance(timings.retryBackoff.capMs)
      }
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'failed', attempts: 3, failure: { code: 'GPU_OOM' } })
      await close()
    })

    it('goes by its own table for codes it knows, whatever the worker says', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      await submit(queue, 'request-2')
      const [lasting, passing] = [await startOne(queue), await startOne(queue)]
      await queue.settle(lasting, WORKER, failed('MEDIA_INVALID', true))
      await queue.settle(passing, WORKER, failed('TIMEOUT', false))
      expect((await queue.get(TENANT, lasting.task_id))?.state).toBe('failed')
      expect((await queue.get(TENANT, passing.task_id))?.state).toBe('queued')
      await close()
    })

    it('takes a task back from a worker that is switched off, many times, but not for ever', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      const handBack = async () => {
        await queue.settle(await startOne(queue), WORKER, failed('WORKER_LOST'))
        clock.advance(timings.retryBackoff.capMs)
      }
      for (let evening = 0; evening < timings.freeHandBacks; evening++) {
        await handBack()
        expect(await queue.get(TENANT, id)).toMatchObject({ state: 'queued', attempts: 0, stalls: 0 })
      }
      await handBack()
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'queued', attempts: 1, stalls: 0 })
      const rest = (timings.maxAttempts - 1) * (timings.freeHandBacks + 1)
      for (let evening = 0; evening < rest; evening++) await handBack()
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'failed', failure: { code: 'WORKER_LOST' } })
      await close()
    })
  })
}
