import fc from 'fast-check'
import { expect } from 'vitest'
import { asks, newTask, refOf, SUCCESS } from './fixture.ts'
import { readingsOf } from './modelChecks.ts'
import { ASKED_KINDS, index, leaseOf, Step, taskOf, WORKERS } from './modelSteps.ts'
import type { Check } from './modelSteps.ts'
import type { Model, Real } from './onlooker.ts'

interface Group {
  readonly pick: number
  readonly workerId: string
}

/** Writes of one turn share one commit; what happens to the others, and to what is remembered, when it fails. */
export function failedWrites(after: Check): fc.Arbitrary<Step>[] {
  const groups = fc.record({ pick: index, workerId: fc.constantFrom(...WORKERS) })
  return [
    groups.map(
      (group) =>
        new Step(`one of a group fails (${describe(group)})`, (model, real) => oneFails(model, real, group), after),
    ),
    groups.map(
      (group) =>
        new Step(`nothing can be written (${describe(group)})`, (model, real) => allFail(model, real, group), after),
    ),
  ]
}

function describe({ pick, workerId }: Group): string {
  return `${workerId} ${String(pick)}`
}

/** A result, a lease and a cancel, and behind them a submit: asked for in one turn. */
async function write(model: Model, { queue }: Real, { pick, workerId }: Group) {
  const held = leaseOf(pick, model)
  const task = taskOf(pick, model)
  const [settled, leased, cancelled, submitted] = await Promise.allSettled([
    held === undefined ? Promise.resolve('unknown' as const) : queue.settle(held.ref, held.worker, SUCCESS),
    queue.lease(asks({ workerId, kinds: ASKED_KINDS, credit: 2 })),
    task === undefined ? Promise.resolve(undefined) : queue.cancel(task.tenant, task.id),
    queue.submit(newTask('request-fails', { tenant: 't-fails' })),
  ])
  return { held, settled, leased, cancelled, submitted }
}

async function oneFails(model: Model, real: Real, group: Group): Promise<void> {
  real.failing('submits')
  const { held, settled, leased, cancelled, submitted } = await write(model, real, group)
  real.failing('nothing')
  const outcomes = [settled.status, leased.status, cancelled.status, submitted.status]
  expect(outcomes).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
  if (held !== undefined && settled.status === 'fulfilled' && settled.value === 'ok') {
    model.settledOk.push(`${held.ref.task_id}/${String(held.ref.epoch)}`)
  }
  if (leased.status !== 'fulfilled') return
  for (const lease of leased.value) model.leases.push({ ref: refOf(lease), worker: group.workerId })
}

/** Nothing has changed, and what is remembered is what a restart would read. */
async function allFail(model: Model, real: Real, group: Group): Promise<void> {
  // What is ready stands in line before: a restart would put it there by another order among equals.
  await real.queue.nextTenant(asks({ kinds: ASKED_KINDS }))
  const before = await real.queue.listAll({ limit: 1000 })
  real.failing('all')
  const { settled, leased, submitted } = await write(model, real, group)
  real.failing('nothing')
  expect(submitted.status).toBe('rejected')
  expect(settled.status === 'fulfilled' && settled.value === 'ok').toBe(false)
  expect(leased.status === 'fulfilled' && leased.value.length > 0).toBe(false)
  expect((await real.queue.listAll({ limit: 1000 })).tasks).toEqual(before.tasks)
  const remembered = await readingsOf(real.queue)
  real.queue = await real.reopen()
  expect(await readingsOf(real.queue)).toEqual(remembered)
}
