import { describe, expect, it } from 'vitest'
import { leaseAll, leaseOne, startOne, stateOf, submit, TENANT, WORKER } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'

export function describeLeases(open: OpenQueue): void {
  describe('lease, accept, release', () => {
    it('gives each task to one worker only, up to the credit', async () => {
      const { queue, close } = await open()
      for (const id of ['request-1', 'request-2', 'request-3']) await submit(queue, id)
      const given = await Promise.all([leaseAll(queue, 2, 'worker-1'), leaseAll(queue, 2, 'worker-2')])
      expect(given.map((leases) => leases.length)).toEqual([2, 1])
      expect(new Set(given.flat().map((lease) => lease.task.id)).size).toBe(3)
      expect(new Set(given.flat().map((lease) => lease.token)).size).toBe(3)
      expect(given.flat().map((lease) => lease.task.epoch)).toEqual([1, 1, 1])
      await close()
    })

    it('gives nothing to a worker without credit or of another task type', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      expect(await leaseAll(queue, 0)).toEqual([])
      const other = await queue.lease({
        workerId: WORKER,
        serverId: 'GPU-001',
        kinds: ['other'],
        credit: 1,
        isIdle: true,
        fleetSlots: 100,
      })
      expect(other).toEqual([])
      await close()
    })

    it('accepts once, and only from the holder of the newest lease', async () => {
      const { queue, close } = await open()
      const task = await submit(queue, 'request-1')
      const ref = await leaseOne(queue)
      expect(await queue.accept(ref, 'worker-2')).toBe('stale')
      expect(await queue.accept({ ...ref, token: '0'.repeat(32) }, WORKER)).toBe('stale')
      expect(await queue.accept({ ...ref, epoch: 2 }, WORKER)).toBe('stale')
      expect(await queue.accept({ ...ref, task_id: `t_${'0'.repeat(32)}` }, WORKER)).toBe('missing')
      expect(await queue.accept(ref, WORKER)).toBe('applied')
      expect(await queue.accept(ref, WORKER)).toBe('applied')
      expect(await queue.get(TENANT, task.id)).toMatchObject({
        state: 'running',
        attempts: 1,
        workerId: WORKER,
        serverId: 'GPU-001',
      })
      await close()
    })

    it('takes a released task back without an attempt, and leases it again after a moment under a new epoch', async () => {
      const { queue, clock, timings, close } = await open()
      const task = await submit(queue, 'request-1')
      const ref = await leaseOne(queue)
      expect(await queue.release(ref, WORKER)).toBe('applied')
      expect(await queue.get(TENANT, task.id)).toMatchObject({ state: 'queued', attempts: 0, workerId: null })
      expect(await leaseAll(queue)).toEqual([])
      clock.advance(timings.releaseMs)
      const again = await leaseOne(queue)
      expect(again.epoch).toBe(2)
      expect(await queue.accept(ref, WORKER)).toBe('stale')
      await close()
    })
  })
}

export function describeHeartbeats(open: OpenQueue): void {
  describe('extend, resume', () => {
    it('renews what is alive and tells what is revoked or to be cancelled', async () => {
      const { queue, clock, timings, close } = await open()
      for (const id of ['request-1', 'request-2', 'request-3']) await submit(queue, id)
      const [alive, cancelled, foreign] = [
        await startOne(queue),
        await startOne(queue),
        await startOne(queue, 'worker-2'),
      ]
      await queue.cancel(TENANT, cancelled.task_id)
      const outcome = await queue.extend(WORKER, [alive, cancelled, foreign])
      expect(outcome).toEqual({ alive: [alive, cancelled], revoked: [foreign.task_id], cancel: [cancelled.task_id] })

      clock.advance(timings.leaseMs - 1)
      await queue.extend(WORKER, [alive])
      clock.advance(timings.leaseMs - 1)
      await queue.reap()
      expect(await stateOf(queue, alive.task_id)).toBe('running')
      expect(await stateOf(queue, foreign.task_id)).toBe('queued')
      await close()
    })

    it('lets a worker go on after a reconnect, also where its acceptance got lost', async () => {
      const { queue, close } = await open()
      for (const id of ['request-1', 'request-2']) await submit(queue, id)
      const [running, leased] = [await startOne(queue), await leaseOne(queue)]
      const gone = { task_id: `t_${'0'.repeat(32)}`, epoch: 1, token: '0'.repeat(32) }
      const outcome = await queue.resume(WORKER, [running, leased, gone])
      expect(outcome).toEqual({ alive: [running, leased], revoked: [gone.task_id], cancel: [] })
      expect(await queue.get(TENANT, leased.task_id)).toMatchObject({ state: 'running', attempts: 1 })
      await close()
    })

    it('does not revoke the older lease of a task that the same worker holds anew', async () => {
      const { queue, clock, timings, close } = await open()
      await submit(queue, 'request-1')
      const old = await startOne(queue)
      clock.advance(timings.leaseMs)
      await queue.reap()
      expect((await queue.extend(WORKER, [old])).revoked).toEqual([old.task_id])
      clock.advance(2 * timings.stallBackoffMs)
      await leaseOne(queue)
      expect(await queue.extend(WORKER, [old])).toEqual({ alive: [], revoked: [], cancel: [] })
      await close()
    })
  })
}

export function describeSteps(open: OpenQueue): void {
  describe('steps of progress', () => {
    it('shows progress of the holder only, clamped and never going back', async () => {
      const { queue, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      const tell = (progress: number | null, stage: 'prepare' | 'synthesize' = 'synthesize') =>
        queue.progress(ref, WORKER, { stage, progress, frame: null, totalFrames: null })
      expect(await queue.progress(ref, 'worker-2', { stage: 'prepare', progress: 1, frame: 1, totalFrames: 2 })).toBe(
        'stale',
      )
      expect(await tell(80)).toBe('applied')
      await tell(20)
      await tell(null)
      await tell(99, 'prepare')
      expect(await queue.get(TENANT, ref.task_id)).toMatchObject({ stage: 'synthesize', progress: 80 })
      await tell(150)
      expect(await queue.get(TENANT, ref.task_id)).toMatchObject({ stage: 'synthesize', progress: 100 })
      await close()
    })

    it('a step knows what became of its run since the one before, also where that was not stored', async () => {
      const { queue, clock, timings, failing, close } = await open()
      await submit(queue, 'request-1')
      const ref = await startOne(queue)
      const id = ref.task_id
      const told = { stage: 'encode', progress: 7, frame: 1, totalFrames: 9 } as const
      const tell = () => queue.progress(ref, WORKER, told)
      expect([await queue.step(id), await queue.step('t_unknown')]).toEqual([undefined, undefined])
      expect(await tell()).toBe('applied')
      const version = (await queue.get(TENANT, id))?.version ?? 0
      expect(await queue.step(id)).toEqual({ tenant: TENANT, version, ...told })
      failing('all')
      await expect(queue.cancel(TENANT, id)).rejects.toThrow()
      failing('nothing')
      expect([await tell(), (await queue.step(id))?.version]).toEqual(['applied', version])
      await queue.cancel(TENANT, id)
      expect([await tell(), (await queue.step(id))?.version]).toEqual(['applied', version + 1])
      clock.advance(timings.leaseMs)
      await queue.reap()
      expect([await tell(), await queue.step(id)]).toEqual(['stale', undefined])
      await close()
    })
  })
}

export function describeComebacks(open: OpenQueue): void {
  describe('resume of a worker that lost its runs', () => {
    it('puts back at once what a worker does not name when it comes back, and ends what was to be cancelled', async () => {
      const { queue, clock, timings, close } = await open()
      for (const id of ['request-1', 'request-2', 'request-3', 'request-4']) await submit(queue, id)
      const [kept, lost, cancelled] = [await startOne(queue), await startOne(queue), await startOne(queue)]
      const foreign = await startOne(queue, 'worker-2')
      await queue.cancel(TENANT, cancelled.task_id)
      expect(await queue.resume(WORKER, [kept])).toEqual({ alive: [kept], revoked: [], cancel: [] })
      expect(await queue.get(TENANT, lost.task_id)).toMatchObject({ state: 'queued', stalls: 1, attempts: 1 })
      expect(await stateOf(queue, cancelled.task_id)).toBe('cancelled')
      expect(await stateOf(queue, kept.task_id)).toBe('running')
      expect(await stateOf(queue, foreign.task_id)).toBe('running')
      clock.advance(timings.releaseMs)
      expect(await leaseOne(queue)).toMatchObject({ task_id: lost.task_id, epoch: 2 })
      await close()
    })

    it('puts back at once what never arrived there, and blames nobody', async () => {
      const at = await open()
      const { clock, timings } = at
      const { id } = await submit(at.queue, 'request-1')
      await leaseOne(at.queue)
      const queue = await at.reopen()
      await queue.resume(WORKER, [])
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'queued', stalls: 0, attempts: 0 })
      clock.advance(timings.releaseMs)
      expect(await leaseOne(queue)).toMatchObject({ task_id: id, epoch: 2 })
      await at.close()
    })

    it('buries a task whose worker came back without it too often', async () => {
      const { queue, clock, timings, close } = await open()
      const { id } = await submit(queue, 'request-1')
      for (let life = 1; life <= timings.maxStalls; life++) {
        await startOne(queue)
        await queue.resume(WORKER, [])
        clock.advance(timings.releaseMs)
      }
      expect(await queue.get(TENANT, id)).toMatchObject({ state: 'dead', failure: { code: 'WORKER_LOST' } })
      await close()
    })
  })
}
