import { describe, expect, it } from 'vitest'
import type { LeaseRef } from '../../../protocol/dsp/index.ts'
import { asks, leaseAll, startOne, stateOf, submit, submitMany, TENANT, WORKER } from './fixture.ts'
import type { OpenQueue, QueueUnderTest } from './fixture.ts'

/** The worker of the next lease vanishes; afterwards the task stands in line again, if it may. */
async function vanish({ queue, clock, timings }: QueueUnderTest, workerId = WORKER): Promise<LeaseRef> {
  const ref = await startOne(queue, workerId)
  clock.advance(timings.leaseMs)
  await queue.reap()
  clock.advance(timings.stallBackoffMs * 2 ** timings.maxStalls)
  await queue.reap()
  return ref
}

export function describePoison(open: OpenQueue): void {
  describe('tasks under which a worker vanished', () => {
    it('go to a worker that runs nothing, and alone', async () => {
      const test = await open()
      const { queue, close } = test
      const suspect = await submit(queue, 'request-1')
      await vanish(test)
      const others = await submitMany(queue, 3)
      expect(await queue.waitingAlone()).toBe(1)
      const busy = await queue.lease(asks({ isIdle: false, credit: 1 }))
      expect(busy.map((lease) => lease.task.id)).toEqual([others[0]?.id])
      const idle = await leaseAll(queue, 10, 'worker-2')
      expect(idle.map((lease) => lease.task.id)).toEqual([suspect.id])
      expect(await queue.waitingAlone()).toBe(0)
      await close()
    })

    it('are all that is given to who asks for such a task only', async () => {
      const test = await open()
      const { queue, close } = test
      const suspect = await submit(queue, 'request-1', { priority: 'batch' })
      await vanish(test)
      await submit(queue, 'request-2', { priority: 'interactive' })
      const given = await queue.lease(asks({ onlyAlone: true, credit: 5 }))
      expect(given.map((lease) => lease.task.id)).toEqual([suspect.id])
      expect(await queue.lease(asks({ onlyAlone: true }))).toEqual([])
      await close()
    })

    it('of one tenant take turns with what others have waiting', async () => {
      const test = await open(100)
      const { queue, clock, timings, close } = test
      for (const id of ['request-1', 'request-2', 'request-3']) await submit(queue, id)
      const lost = await leaseAll(queue, 3)
      for (const { task, token } of lost) await queue.accept({ task_id: task.id, epoch: task.epoch, token }, WORKER)
      clock.advance(timings.leaseMs)
      await queue.reap()
      clock.advance(timings.stallBackoffMs * 4)
      await submitMany(queue, 10, { tenant: 't-other' })
      const tenants: (string | undefined)[] = []
      for (let turn = 0; turn < 4; turn++) {
        const [lease] = await queue.lease(asks({ workerId: `worker-${String(turn)}` }))
        tenants.push(lease?.task.tenant)
      }
      expect(tenants.filter((tenant) => tenant === 't-other').length).toBeGreaterThanOrEqual(1)
      expect(tenants.filter((tenant) => tenant === TENANT).length).toBeGreaterThanOrEqual(1)
      await close()
    })

    it('are dead when a second worker died under them', async () => {
      const test = await open()
      const { queue, close } = test
      const { id } = await submit(queue, 'request-1')
      await vanish(test, 'worker-1')
      await vanish(test, 'worker-2')
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'dead', stalls: 2, failure: { code: 'WORKER_LOST' } })
      await close()
    })

    it('are not, when the first was only away and still knew its run', async () => {
      const test = await open()
      const { queue, close } = test
      const { id } = await submit(queue, 'request-1')
      const old = await vanish(test, 'worker-1')
      expect((await queue.resume('worker-1', [old])).revoked).toEqual([id])
      await vanish(test, 'worker-2')
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'queued', stalls: 2 })
      await close()
    })
  })
}

export function describeStandstill(open: OpenQueue): void {
  describe('a run that stands still while its worker lives', () => {
    const beat = async ({ queue, clock, timings }: QueueUnderTest, ref: LeaseRef, forMs: number) => {
      const revoked = new Set<string>()
      const every = timings.leaseMs / 2
      for (let gone = 0; gone < forMs; gone += every) {
        clock.advance(every)
        for (const id of (await queue.extend(WORKER, [ref])).revoked) revoked.add(id)
      }
      return [...revoked]
    }
    const tell = ({ queue }: QueueUnderTest, ref: LeaseRef, progress: number | null) =>
      queue.progress(ref, WORKER, { stage: 'synthesize', progress, frame: null, totalFrames: null })

    it('is taken away, and its task goes on as after a lost worker', async () => {
      const test = await open()
      const { queue, timings, close } = test
      const { id } = await submit(queue, 'request-1')
      const ref = await startOne(queue)
      await tell(test, ref, 10)
      expect(await beat(test, ref, timings.progressMs)).toEqual([])
      await tell(test, ref, 11)
      expect(await beat(test, ref, timings.progressMs + timings.leaseMs)).toEqual([id])
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'queued', stalls: 1 })
      await close()
    })

    it('is nothing of the kind while its inputs move, however slowly, or its result waits to be brought', async () => {
      const test = await open()
      const { queue, timings, close } = test
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      const inputs = { stage: 'inputs', progress: 0, frame: null, totalFrames: null } as const
      for (let movedBytes = 1; movedBytes <= 3; movedBytes++) {
        await queue.progress(ref, WORKER, { ...inputs, movedBytes })
        expect(await beat(test, ref, timings.progressMs)).toEqual([])
      }
      await queue.progress(ref, WORKER, { ...inputs, stage: 'upload' })
      expect(await beat(test, ref, 4 * timings.blindProgressMs)).toEqual([])
      await close()
    })

    it('is dead after the third time, for want of progress', async () => {
      const test = await open()
      const { queue, clock, timings, close } = test
      const { id } = await submit(queue, 'request-1')
      for (let life = 1; life <= timings.maxStalls; life++) {
        const ref = await startOne(queue)
        await tell(test, ref, 10)
        await beat(test, ref, timings.progressMs + timings.leaseMs)
        clock.advance(timings.stallBackoffMs * 2 ** life)
      }
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'dead', stalls: 3, failure: { code: 'TIMEOUT' } })
      await close()
    })

    it('is left in peace for long where its engine tells no progress and nobody knows how long it takes', async () => {
      const test = await open()
      const { queue, timings, close } = test
      const { id } = await submit(queue, 'request-1')
      const ref = await startOne(queue)
      await tell(test, ref, null)
      expect(await beat(test, ref, timings.blindProgressMs)).toEqual([])
      expect(await stateOf(queue, id)).toBe('running')
      expect(await beat(test, ref, timings.leaseMs)).toEqual([id])
      await close()
    })
  })
}
