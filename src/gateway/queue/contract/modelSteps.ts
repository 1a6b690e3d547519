import fc from 'fast-check'
import { expect } from 'vitest'
import { PRIORITY_CLASSES } from '../../../protocol/task/index.ts'
import type { TaskOptions, TaskState } from '../../../protocol/task/index.ts'
import { kindsWith } from '../../taskKinds.ts'
import { kindOfTask } from '../kindOfTask.ts'
import type { LeaseRequest, Settlement, StoredTask } from '../port.ts'
import { asks, LASTING_FAILURE, newTask, PASSING_FAILURE, refOf, SUCCESS, TASK_TYPE, TENANT } from './fixture.ts'
import { checkWhoWaits } from './modelChecks.ts'
import type { Model, Real } from './onlooker.ts'

export const WORKERS = ['worker-1', 'worker-2'] as const
export const TENANTS = [TENANT, 't-beta'] as const
const ERRAND = 'delete_asset'
export const ASKED_KINDS: readonly string[] = [...kindsWith([TASK_TYPE], ['ai_badge', 'loop']), ERRAND]
/** A worker whose engine can do no more than the plain video. */
const PLAIN_KINDS: readonly string[] = [TASK_TYPE, ERRAND]
const OPTIONS: readonly TaskOptions[] = [{}, {}, { ai_badge: true }, { ai_badge: true, loop: 'pingpong' }]

const failed = (code: string): Settlement => ({ kind: 'failed', failure: { code }, retryable: true })
const SETTLEMENTS = [
  ...[SUCCESS, SUCCESS, PASSING_FAILURE, LASTING_FAILURE, failed('RATE_LIMITED'), failed('GPU_OOM')],
  ...[failed('WORKER_LOST'), { kind: 'cancelled' } as const, { kind: 'file_missing' } as const],
]
const LIVE: readonly TaskState[] = ['leased', 'running', 'cancelling']
const DAY_MS = 24 * 3_600_000
const JUMPS_MS = [DAY_MS, -DAY_MS, 3650 * DAY_MS, -3650 * DAY_MS]

export type Check = (model: Model, real: Real) => Promise<void>
type Run = (model: Model, real: Real) => Promise<unknown>

export class Step implements fc.AsyncCommand<Model, Real> {
  readonly #name: string
  readonly #run: Run
  readonly #after: Check

  constructor(name: string, run: Run, after: Check) {
    this.#name = name
    this.#run = run
    this.#after = after
  }

  check(): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.#run(model, real)
    await this.#after(model, real)
  }

  toString(): string {
    return this.#name
  }
}

/** Everything that can happen to a queue, with what is checked after each. */
export function modelSteps(after: Check): fc.Arbitrary<Step>[] {
  const step = (name: string, run: Run): Step => new Step(name, run, after)
  return [...submits(step), ...workerSteps(step), ...settlements(step), ...people(step), ...timeSteps(step)]
}

type MakeStep = (name: string, run: Run) => Step

/** The newest leases more often than the old ones. */
export const index = fc.oneof(fc.nat({ max: 1 }), fc.nat({ max: 30 }))

function pickOf<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % Math.max(1, items.length)]
}

export function leaseOf(pick: number, model: Model): Model['leases'][number] | undefined {
  return model.leases.at(-1 - (pick % Math.max(1, model.leases.length)))
}

export function taskOf(pick: number, model: Model): StoredTask | undefined {
  return pickOf([...model.seen.values()], pick)
}

function submits(step: MakeStep): fc.Arbitrary<Step>[] {
  const ttls = fc.constantFrom(undefined, 600_000, null)
  const videos = fc.tuple(fc.nat({ max: 7 }), fc.constantFrom(...TENANTS), fc.constantFrom(...PRIORITY_CLASSES), ttls)
  return [
    fc.tuple(videos, fc.constantFrom(...OPTIONS)).map(([[number, tenant, priority, ttlMs], options]) =>
      step(`submit ${tenant} ${String(number)} ${priority} ${JSON.stringify(options)}`, (_, { queue }) => {
        const plain = newTask(`request-${String(number)}`, { tenant, priority })
        const task = { ...plain, payload: { ...plain.payload, options } }
        return queue.submit(ttlMs === undefined ? task : { ...task, ttlMs })
      }),
    ),
    fc
      .tuple(fc.constantFrom(...TENANTS), fc.constantFrom(...PRIORITY_CLASSES))
      .map(([tenant, priority]) =>
        step(`submit a row of ${tenant} ${priority}`, (_, { queue }) =>
          Promise.all(
            [3, 4, 5, 6, 7].map((number) => queue.submit(newTask(`row-${String(number)}`, { tenant, priority }))),
          ),
        ),
      ),
    fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(...WORKERS)).map(([number, targetWorker]) =>
      step(`errand ${String(number)} for ${targetWorker}`, (_, { queue }) => {
        const requestId = `errand-${targetWorker}-${String(number)}`
        return queue.submit(newTask(requestId, { taskType: ERRAND, targetWorker, ttlMs: null }))
      }),
    ),
  ]
}

function workerSteps(step: MakeStep): fc.Arbitrary<Step>[] {
  const worker = fc.constantFrom(...WORKERS)
  const lease = fc
    .tuple(worker, fc.nat({ max: 3 }), fc.boolean(), fc.constantFrom(ASKED_KINDS, PLAIN_KINDS))
    .map(([workerId, credit, isIdle, kinds]) =>
      step(`lease ${workerId} ${String(credit)}${isIdle ? ' idle' : ''} ${kinds.join()}`, (model, real) =>
        leaseAndCheck(model, real, { workerId, credit, isIdle, kinds }),
      ),
    )
  const accept = index.map((pick) =>
    step(`accept ${String(pick)}`, async (model, { queue }) => {
      const lease = leaseOf(pick, model)
      if (lease !== undefined) await queue.accept(lease.ref, lease.worker)
    }),
  )
  const leasesOf = (model: Model, of: string) => model.leases.filter((lease) => lease.worker === of)
  return [
    ...[lease, lease, accept, accept],
    worker.map((of) =>
      step(`${of} vanishes under what it runs, and the back-off ends`, async (model, { queue, clock, timings }) => {
        for (const { ref } of leasesOf(model, of)) await queue.accept(ref, of)
        clock.advance(timings.leaseMs)
        await queue.reap()
        clock.advance(timings.stallBackoffMs * 2)
        await queue.reap()
      }),
    ),
    index.map((pick) =>
      step(`release ${String(pick)}`, async (model, { queue }) => {
        const lease = leaseOf(pick, model)
        if (lease !== undefined) await queue.release(lease.ref, lease.worker)
      }),
    ),
    worker.map((of) =>
      step(`heartbeat ${of}`, (model, { queue }) =>
        queue.extend(
          of,
          leasesOf(model, of).map((lease) => lease.ref),
        ),
      ),
    ),
    fc
      .tuple(worker, fc.boolean())
      .map(([of, knows]) =>
        step(`${of} comes back ${knows ? 'with its runs' : 'empty'}`, (model, { queue }) =>
          queue.resume(of, knows ? leasesOf(model, of).map((lease) => lease.ref) : []),
        ),
      ),
    fc.tuple(index, fc.nat({ max: 100 })).map(([pick, progress]) =>
      step(`progress ${String(pick)}`, async (model, { queue }) => {
        const lease = leaseOf(pick, model)
        const update = { stage: 'synthesize', progress, frame: null, totalFrames: null } as const
        if (lease !== undefined) await queue.progress(lease.ref, lease.worker, update)
      }),
    ),
  ]
}

async function leaseAndCheck(
  model: Model,
  real: Real,
  request: Pick<LeaseRequest, 'workerId' | 'credit' | 'isIdle' | 'kinds'>,
): Promise<void> {
  const { queue } = real
  const whole = asks(request)
  const nextTenant = await queue.nextTenant(whole)
  await checkWhoWaits(real)
  const leases = await queue.lease(whole)
  if (request.credit > 0) expect(leases[0]?.task.tenant ?? null).toBe(nextTenant)
  expect(leases.length).toBeLessThanOrEqual((await queue.isPaused()) ? 0 : request.credit)
  // Under which a worker vanished: only for one that runs nothing, and only as its first.
  const suspects = leases.filter((lease) => lease.task.stalls > 0)
  if (suspects.length > 0) expect([request.isIdle, leases.length]).toEqual([true, 1])
  for (const lease of leases) {
    expect([null, request.workerId]).toContain(lease.task.targetWorker)
    expect(request.kinds).toContain(kindOfTask(lease.task))
    const older = model.leases.filter(({ ref }) => ref.task_id === lease.task.id)
    expect(older.every(({ ref }) => ref.epoch < lease.task.epoch)).toBe(true)
    model.leases.push({ ref: refOf(lease), worker: request.workerId })
  }
}

function settlements(step: MakeStep): fc.Arbitrary<Step>[] {
  const settle = fc.tuple(index, fc.constantFrom(...SETTLEMENTS)).map(([pick, settlement]) =>
    step(`settle ${String(pick)} ${settlement.kind}`, async (model, { queue }) => {
      const lease = leaseOf(pick, model)
      if (lease === undefined) return
      const { ref, worker } = lease
      const isNewest = model.leases.every((one) => one.ref.task_id !== ref.task_id || one.ref.epoch <= ref.epoch)
      const outcome = await queue.settle(ref, worker, settlement)
      if (!isNewest) expect(['superseded', 'unknown']).toContain(outcome)
      if (settlement.kind === 'file_missing') expect(outcome).not.toBe('ok')
      if (outcome === 'ok') model.settledOk.push(`${ref.task_id}/${String(ref.epoch)}`)
    }),
  )
  return [settle, settle]
}

function people(step: MakeStep): fc.Arbitrary<Step>[] {
  return [
    index.map((pick) =>
      step(`cancel ${String(pick)}`, async (model, { queue }) => {
        const task = taskOf(pick, model)
        if (task !== undefined) await queue.cancel(task.tenant, task.id)
      }),
    ),
    fc.tuple(index, fc.constantFrom(...PRIORITY_CLASSES)).map(([pick, priority]) =>
      step(`set ${String(pick)} to ${priority}`, async (model, { queue }) => {
        const task = taskOf(pick, model)
        if (task !== undefined) await queue.setPriority(task.id, priority)
      }),
    ),
    index.map((pick) =>
      step(`to the front ${String(pick)}`, async (model, { queue }) => {
        const task = taskOf(pick, model)
        if (task !== undefined) await queue.moveToFront(task.id)
      }),
    ),
    fc
      .constantFrom(true, false, false, false)
      .map((paused) => step(paused ? 'pause' : 'go on', (_, { queue }) => queue.setPaused(paused))),
  ]
}

function timeSteps(step: MakeStep): fc.Arbitrary<Step>[] {
  return [
    fc.constantFrom(1_000, 12_000, 40_000, 130_000, 1_900_000).map((ms) =>
      step(`advance ${String(ms)} and reap`, async (_, { queue, clock }) => {
        clock.advance(ms)
        await queue.reap()
      }),
    ),
    fc.constantFrom(20_000, 200_000).map((ms) =>
      step(`stand still for ${String(ms)}, then give grace`, async (_, { queue, clock, timings }) => {
        const isLive = ({ state }: StoredTask): boolean => LIVE.includes(state)
        const statesOf = async () =>
          (await queue.listAll({ limit: 1000 })).tasks.filter(isLive).map(({ id, state }) => [id, state])
        const live = await statesOf()
        clock.advance(ms)
        await queue.grantGrace(timings.startGraceMs)
        clock.advance(timings.startGraceMs - 1)
        await queue.reap()
        expect(await statesOf()).toEqual(live)
      }),
    ),
    fc.constantFrom(...JUMPS_MS).map((ms) =>
      step(`the wall clock jumps by ${String(ms)}`, async (_, { queue, clock }) => {
        // One deadline may lead to the next: what was due before the jump is no matter of it.
        while ((await queue.reap()) > 0);
        clock.jumpWall(ms)
        expect(await queue.reap()).toBe(0)
      }),
    ),
    fc.constant(
      step('restart', async (_, real) => {
        real.queue = await real.reopen()
      }),
    ),
  ]
}
