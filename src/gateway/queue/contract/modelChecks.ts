import { expect } from 'vitest'
import { isTerminal } from '../../../protocol/task/index.ts'
import type { TaskState } from '../../../protocol/task/index.ts'
import type { QueueAdmin } from '../adminPort.ts'
import type { QueuePort, StoredTask } from '../port.ts'
import type { EventClient, Model, Real } from './onlooker.ts'

/** What must hold after each step (I2, I4, I5, I8, I13 of the reliability campaign). */
export async function checkInvariants(model: Model, { queue, timings }: Real): Promise<void> {
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
  await checkPlaces(queue, tasks, model.isMeasured)
  for (const [tenant, client] of model.clients) await checkEvents(queue, tenant, client, tasks)
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

function isReady(task: StoredTask): boolean {
  return task.state === 'queued' && task.notBeforeMs === 0
}

/** No two tasks stand in the same place; where places are measured, none before the first or behind the last. */
async function checkPlaces(queue: QueuePort, tasks: readonly StoredTask[], isMeasured: boolean): Promise<void> {
  const waiting = tasks.filter((task) => isReady(task) && task.targetWorker === null)
  const places = await Promise.all(waiting.map((task) => queue.position(task.id)))
  if (!isMeasured) {
    expect(places.toSorted((one, other) => (one ?? 0) - (other ?? 0))).toEqual(waiting.map((_, index) => index + 1))
  } else {
    for (const place of places) {
      expect(place).toBeGreaterThanOrEqual(1)
      expect(place).toBeLessThanOrEqual(waiting.length)
    }
  }
}

/** I8: whoever reads every event, or begins anew where told to, knows each task as it is. */
async function checkEvents(
  queue: QueuePort,
  tenant: string,
  client: EventClient,
  tasks: readonly StoredTask[],
): Promise<void> {
  for (let more = true; more;) {
    const page = await queue.since(tenant, client.cursor, 3)
    const isNew = client.cursor === null || page.reset
    if (isNew) {
      const { tasks: all } = await queue.list(tenant, { limit: 1000 })
      for (const task of all) client.versions.set(task.id, task.version)
    }
    for (const { task } of page.events) client.versions.set(task.id, task.version)
    client.cursor = page.cursor
    more = page.more
  }
  for (const task of tasks) {
    if (task.tenant !== tenant || task.targetWorker !== null) continue
    expect([task.id, client.versions.get(task.id)]).toEqual([task.id, task.version])
  }
}

/** Whom `nextTenant`, `waitingAlone` and `waitingTargets` speak of, once `nextTenant` has put in line what is ready. */
export async function checkWhoWaits({ queue }: Real): Promise<void> {
  const { tasks } = await queue.listAll({ limit: 1000 })
  const ready = (await queue.isPaused()) ? [] : tasks.filter(isReady)
  const alone = ready.filter((task) => task.stalls > 0 && task.targetWorker === null)
  expect(await queue.waitingAlone()).toBe(alone.length)
  const targets = new Set(ready.flatMap((task) => task.targetWorker ?? []))
  expect(new Set(await queue.waitingTargets())).toEqual(targets)
}

/** Everything that is told from memory, in an order that does not matter. */
export async function readingsOf(queue: QueuePort & QueueAdmin): Promise<unknown> {
  const { tasks } = await queue.listAll({ limit: 1000 })
  const { tenants, ...statistics } = await queue.statistics()
  return {
    ...{ statistics, tenants: tenants.toSorted((one, other) => one.tenant.localeCompare(other.tenant)) },
    counts: await queue.counts(),
    places: await Promise.all(tasks.map(async (task) => [task.id, await queue.position(task.id)])),
    alone: await queue.waitingAlone(),
    targets: (await queue.waitingTargets()).toSorted(),
    runStats: await queue.runStats(),
    isPaused: await queue.isPaused(),
  }
}
