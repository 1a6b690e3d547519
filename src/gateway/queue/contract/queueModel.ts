import fc from 'fast-check'
import { expect } from 'vitest'
import { isTerminal } from '../../../protocol/task/index.ts'
import type { TaskState } from '../../../protocol/task/index.ts'
import type { QueueAdmin } from '../adminPort.ts'
import type { QueuePort, StoredTask } from '../port.ts'
import { asks, refOf, SUCCESS } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'
import { ASKED_TYPES, modelSteps } from './modelSteps.ts'
import type { Model, Real } from './onlooker.ts'

/**
 * Random sequences of everything that clients, workers, operators, clocks and restarts do, against what must hold
 * after each step (I2, I4, I5, I8, I13 of the reliability campaign) and in the end (I10).
 */
export async function checkQueueModel(open: OpenQueue, runs: number, seed?: number): Promise<void> {
  const sequence = fc.commands(modelSteps(checkInvariants), { maxCommands: 60, size: 'max' })
  const property = fc.asyncProperty(sequence, async (commands) => {
    const real: Real = { ...(await open(12)) }
    const model: Model = { leases: [], seen: new Map(), settledOk: [] }
    try {
      await fc.asyncModelRun(() => ({ model, real }), commands)
      await expectLiveness(real)
    } finally {
      await real.close()
    }
  })
  await fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
}

async function checkInvariants(model: Model, { queue, timings }: Real): Promise<void> {
  const { tasks } = await queue.listAll({ limit: 1000 })
  for (const task of tasks) {
    const before = model.seen.get(task.id)
    if (before !== undefined) {
      expect(task.version).toBeGreaterThanOrEqual(before.version)
      expect(task.epoch).toBeGreaterThanOrEqual(before.epoch)
      if (task.version === before.version) expect(task.state).toBe(before.state)
      if (isTerminal(before.state)) expect({ ...task, lateOutput: null }).toEqual({ ...before, lateOutput: null })
    }
    expect(task.attempts).toBeLessThanOrEqual(timings.maxAttempts)
    expect(task.attempts).toBeGreaterThanOrEqual(0)
    expect(task.stalls).toBeLessThanOrEqual(timings.maxStalls)
    expect(task.output !== null).toBe(task.state === 'succeeded')
    model.seen.set(task.id, task)
  }
  expect(model.settledOk).toHaveLength(new Set(model.settledOk).size)
  await checkCounts(queue, tasks)
  await checkPlaces(queue, tasks)
}

async function checkCounts(queue: QueuePort & QueueAdmin, tasks: readonly StoredTask[]): Promise<void> {
  const open = tasks.filter((task) => task.targetWorker === null)
  const countOf = (state: TaskState): number => open.filter((task) => task.state === state).length
  expect(await queue.counts()).toEqual({
    queued: countOf('queued'),
    leased: countOf('leased'),
    running: countOf('running'),
    cancelling: countOf('cancelling'),
  })
  const { byState, byClass, backingOff, targeted, tenants } = await queue.statistics()
  const inLine = Object.values(byClass).reduce((sum, count) => sum + count, 0)
  for (const state of Object.keys(byState) as TaskState[]) {
    expect([state, byState[state]]).toEqual([state, tasks.filter((task) => task.state === state).length])
  }
  expect(inLine + backingOff + targeted).toBeGreaterThanOrEqual(byState.queued)
  expect(tenants.reduce((sum, { queued }) => sum + queued, 0)).toBe(countOf('queued'))
}

/** No two tasks stand in the same place. */
async function checkPlaces(queue: QueuePort, tasks: readonly StoredTask[]): Promise<void> {
  const waiting = tasks.filter(
    (task) => task.state === 'queued' && task.notBeforeMs === 0 && task.targetWorker === null,
  )
  const places = await Promise.all(waiting.map((task) => queue.position(task.id)))
  expect(places.toSorted((one, other) => (one ?? 0) - (other ?? 0))).toEqual(waiting.map((_, index) => index + 1))
}

/** I10: with workers that do their work, everything that is left comes to an end. */
async function expectLiveness({ queue, clock, timings }: Real): Promise<void> {
  await queue.setPaused(false)
  for (let round = 0; round < 40; round++) {
    clock.advance(timings.retryBackoff.capMs)
    await queue.reap()
    for (const workerId of ['worker-1', 'worker-2']) {
      const leases = await queue.lease(asks({ workerId, taskTypes: ASKED_TYPES, credit: 10 }))
      for (const lease of leases) await queue.settle(refOf(lease), workerId, SUCCESS)
    }
  }
  const { byState } = await queue.statistics()
  expect(byState).toMatchObject({ queued: 0, leased: 0, running: 0, cancelling: 0 })
}
