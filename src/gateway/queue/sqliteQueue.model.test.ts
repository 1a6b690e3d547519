import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LeaseRef } from '../../protocol/dsp/index.ts'
import { isTerminal } from '../../protocol/task/index.ts'
import type { TaskState } from '../../protocol/task/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import type { FakeClock } from '../../shared/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { LASTING_FAILURE, leaseAll, newTask, PASSING_FAILURE, refOf, SUCCESS, TENANT } from './contract/fixture.ts'
import type { QueuePort, StoredTask } from './port.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import { QUEUE_TIMINGS } from './timings.ts'

/** What an onlooker remembers: every lease ever given, and the last version seen of each task. */
interface Model {
  readonly leases: { readonly ref: LeaseRef; readonly worker: string }[]
  readonly seen: Map<string, StoredTask>
  readonly settledOk: string[]
}

interface Real {
  readonly queue: QueuePort
  readonly clock: FakeClock
}

const WORKERS = ['worker-1', 'worker-2'] as const
const SETTLEMENTS = [SUCCESS, PASSING_FAILURE, LASTING_FAILURE, { kind: 'cancelled' as const }]

class Step implements fc.AsyncCommand<Model, Real> {
  readonly #name: string
  readonly #run: (model: Model, real: Real) => Promise<unknown>

  constructor(name: string, run: (model: Model, real: Real) => Promise<unknown>) {
    this.#name = name
    this.#run = run
  }

  check(): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.#run(model, real)
    await checkInvariants(model, real)
  }

  toString(): string {
    return this.#name
  }
}

/** I2, I4, I5, I8 and I13 of the fault catalogue, as far as one process can break them. */
async function checkInvariants(model: Model, { queue }: Real): Promise<void> {
  const { tasks } = await queue.list(TENANT, { limit: 100 })
  for (const task of tasks) {
    const before = model.seen.get(task.id)
    if (before !== undefined) {
      expect(task.version).toBeGreaterThanOrEqual(before.version)
      expect(task.epoch).toBeGreaterThanOrEqual(before.epoch)
      if (isTerminal(before.state)) expect(task).toEqual(before)
    }
    expect(task.attempts).toBeLessThanOrEqual(QUEUE_TIMINGS.maxAttempts + QUEUE_TIMINGS.maxStalls)
    expect(task.stalls).toBeLessThanOrEqual(QUEUE_TIMINGS.maxStalls)
    expect(task.output !== null).toBe(task.state === 'succeeded')
    model.seen.set(task.id, task)
  }
  const counts = await queue.counts()
  const countOf = (state: TaskState) => tasks.filter((task) => task.state === state).length
  expect(counts).toEqual({
    queued: countOf('queued'),
    leased: countOf('leased'),
    running: countOf('running'),
    cancelling: countOf('cancelling'),
  })
  expect(model.settledOk).toHaveLength(new Set(model.settledOk).size)
}

const index = fc.nat({ max: 30 })

/** An old or new lease, held rightly or claimed by the other worker. */
const heldBy = (pick: number, model: Model) => model.leases[pick % Math.max(1, model.leases.length)]

const steps = [
  fc
    .nat({ max: 5 })
    .map((n) => new Step(`submit ${String(n)}`, (_, { queue }) => queue.submit(newTask(`request-${String(n)}`)))),
  fc.tuple(fc.constantFrom(...WORKERS), fc.nat({ max: 3 })).map(
    ([worker, credit]) =>
      new Step(`lease ${worker} ${String(credit)}`, async (model, { queue }) => {
        const leases = await leaseAll(queue, credit, worker)
        expect(leases.length).toBeLessThanOrEqual(credit)
        for (const lease of leases) {
          const older = model.leases.filter(({ ref }) => ref.task_id === lease.task.id)
          expect(older.every(({ ref }) => ref.epoch < lease.task.epoch)).toBe(true)
          model.leases.push({ ref: refOf(lease), worker })
        }
      }),
  ),
  index.map(
    (pick) =>
      new Step(`accept ${String(pick)}`, async (model, { queue }) => {
        const lease = heldBy(pick, model)
        if (lease !== undefined) await queue.accept(lease.ref, lease.worker)
      }),
  ),
  index.map(
    (pick) =>
      new Step(`release ${String(pick)}`, async (model, { queue }) => {
        const lease = heldBy(pick, model)
        if (lease !== undefined) await queue.release(lease.ref, lease.worker)
      }),
  ),
  fc.tuple(index, fc.constantFrom(...SETTLEMENTS)).map(
    ([pick, settlement]) =>
      new Step(`settle ${String(pick)} ${settlement.kind}`, async (model, { queue }) => {
        const lease = heldBy(pick, model)
        if (lease === undefined) return
        const isNewest = model.leases.every(
          ({ ref }) => ref.task_id !== lease.ref.task_id || ref.epoch <= lease.ref.epoch,
        )
        const outcome = await queue.settle(lease.ref, lease.worker, settlement)
        if (!isNewest) expect(outcome).toBe('superseded')
        if (outcome === 'ok') model.settledOk.push(`${lease.ref.task_id}/${String(lease.ref.epoch)}`)
      }),
  ),
  index.map(
    (pick) =>
      new Step(`cancel ${String(pick)}`, async (model, { queue }) => {
        const ids = [...model.seen.keys()]
        const id = ids[pick % Math.max(1, ids.length)]
        if (id !== undefined) await queue.cancel(TENANT, id)
      }),
  ),
  fc.constantFrom(...WORKERS).map(
    (worker) =>
      new Step(`heartbeat ${worker}`, (model, { queue }) =>
        queue.extend(
          worker,
          model.leases.filter((lease) => lease.worker === worker).map((lease) => lease.ref),
        ),
      ),
  ),
  fc.constantFrom(1_000, 12_000, 40_000, 130_000).map(
    (ms) =>
      new Step(`advance ${String(ms)} and reap`, async (_, { queue, clock }) => {
        clock.advance(ms)
        await queue.reap()
      }),
  ),
]

describe('SqliteQueue under any order of events', () => {
  it('keeps its promises', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 60 }), async (commands) => {
        const db = openMemoryGatewayDatabase()
        const clock = createFakeClock()
        const limits = { queuedPerTenant: 10, queuedInAll: 10 }
        const queue = new SqliteQueue({ db, clock, timings: QUEUE_TIMINGS, limits: () => limits, random: () => 0.5 })
        const model: Model = { leases: [], seen: new Map(), settledOk: [] }
        try {
          await fc.asyncModelRun(() => ({ model, real: { queue, clock } }), commands)
          await expectLiveness({ queue, clock })
        } finally {
          await queue.close()
          db.close()
        }
      }),
      { numRuns: 60 },
    )
  })
})

/** I10: with a worker that does its work, everything that is left comes to an end. */
async function expectLiveness({ queue, clock }: Real): Promise<void> {
  for (let round = 0; round < 20; round++) {
    clock.advance(11 * 60_000)
    await queue.reap()
    for (const lease of await leaseAll(queue)) await queue.settle(refOf(lease), 'worker-1', SUCCESS)
  }
  expect(await queue.counts()).toEqual({ queued: 0, leased: 0, running: 0, cancelling: 0 })
}
