import { describe, expect, it, vi } from 'vitest'
import { createFakeClock } from '../../../shared/index.ts'
import { TASK_STATES } from '../../../protocol/task/index.ts'
import type { TaskState } from '../../../protocol/task/index.ts'
import type { Database } from '../../../shared/node/index.ts'
import { openMemoryGatewayDatabase } from '../../store/gatewayDatabase.ts'
import { asks, LASTING_FAILURE, newTask, PASSING_FAILURE, SUCCESS, WORKER } from '../contract/fixture.ts'
import type { Lease } from '../port.ts'
import { SqliteQueue } from '../sqliteQueue.ts'
import { QUEUE_TIMINGS } from '../timings.ts'

const LIMITS = { queuedPerTenant: 1_000, queuedInAll: 1_000 }

interface Bench {
  readonly db: Database
  readonly queue: SqliteQueue
}

/** Tasks of three tenants in every state, some of them moved, backing off, or meant for one worker only. */
async function openMixed(): Promise<Bench> {
  const db = openMemoryGatewayDatabase()
  const clock = createFakeClock()
  const queue = new SqliteQueue({ ...{ db, clock, timings: QUEUE_TIMINGS }, limits: () => LIMITS, random: () => 0.5 })
  const add = async (number: number): Promise<string> => {
    const tenant = `t-${String(number % 3)}`
    const priority = (['interactive', 'normal', 'batch'] as const)[number % 5] ?? 'normal'
    const target = number % 7 === 0 ? { targetWorker: 'worker-x' } : {}
    const outcome = await queue.submit(newTask(`request-${String(number)}`, { tenant, priority, ...target }))
    return outcome.kind === 'created' ? outcome.task.id : ''
  }
  const ids: string[] = []
  for (let number = 0; number < 40; number += 1) ids.push(await add(number))
  const leases = await queue.lease(asks({ credit: 18 }))
  for (const [index, lease] of leases.entries()) await carryOn(queue, lease, index)
  for (let number = 40; number < 60; number += 1) ids.push(await add(number))
  for (const number of [44, 50, 53, 59]) await queue.moveToFront(ids[number] ?? '')
  for (const number of [41, 57]) await queue.cancel(`t-${String(number % 3)}`, ids[number] ?? '')
  return { db, queue }
}

/** To another end for each of them. */
async function carryOn(queue: SqliteQueue, { task, token }: Lease, index: number): Promise<void> {
  const ref = { task_id: task.id, epoch: task.epoch, token }
  if (index % 6 === 0) return
  await queue.accept(ref, WORKER)
  if (index % 6 === 1) await queue.settle(ref, WORKER, SUCCESS)
  if (index % 6 === 2) await queue.settle(ref, WORKER, PASSING_FAILURE)
  if (index % 6 === 3) await queue.cancel(task.tenant, task.id)
  if (index % 6 === 4) await queue.settle(ref, WORKER, LASTING_FAILURE)
}

async function idsInPages({ queue }: Bench, states: readonly TaskState[], limit: number): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = null
  do {
    const page = await queue.listAll({ states, limit, ...(cursor === null ? {} : { cursor }) })
    ids.push(...page.tasks.map(({ id }) => id))
    cursor = page.cursor
  } while (cursor !== null)
  return ids
}

function scanned({ db }: Bench, states: readonly TaskState[]): string[] {
  const all = db.all<{ id: string; state: TaskState }>('SELECT id, state FROM task ORDER BY seq DESC')
  return all.filter(({ state }) => states.includes(state)).map(({ id }) => id)
}

describe('tasks of all tenants by state', () => {
  it('are those of a look at the whole table, in its order, on pages of any size', async () => {
    const bench = await openMixed()
    const some: readonly TaskState[][] = [['queued', 'running'], ['succeeded', 'cancelled', 'failed'], [...TASK_STATES]]
    for (const states of [...TASK_STATES.map((state) => [state]), ...some]) {
      for (const limit of [1, 3, 100]) {
        expect([states, limit, await idsInPages(bench, states, limit)]).toEqual([states, limit, scanned(bench, states)])
      }
    }
    const met = TASK_STATES.filter((state) => scanned(bench, [state]).length > 0)
    expect(met).toEqual(
      expect.arrayContaining(['queued', 'leased', 'running', 'cancelling', 'succeeded', 'cancelled', 'failed']),
    )
    bench.db.close()
  })

  it('are found by keys of indexes: the table is never walked', async () => {
    const bench = await openMixed()
    const all = vi.spyOn(bench.db, 'all')
    await bench.queue.listAll({ states: TASK_STATES, limit: 5 })
    const statements = [...new Map(all.mock.calls.map(([sql, ...values]) => [sql, values]))]
    all.mockRestore()
    expect(statements.length).toBeGreaterThan(3)
    for (const [sql, values] of statements) {
      const plan = bench.db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values)
      const reads = plan.map(({ detail }) => detail).filter((detail) => /\btask\b/.test(detail))
      expect([
        sql,
        reads.length > 0,
        reads.filter(
          (detail) =>
            !/^SEARCH task USING (COVERING INDEX|INTEGER PRIMARY KEY|INDEX task_(apart|of_tenant_ended))/.test(detail),
        ),
      ]).toEqual([...[sql, true, []]])
    }
    bench.db.close()
  })
})
