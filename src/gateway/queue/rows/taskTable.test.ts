import { describe, expect, it, vi } from 'vitest'
import { openMemoryGatewayDatabase } from '../../store/gatewayDatabase.ts'
import { newTask } from '../contract/fixture.ts'
import { payloadDigest, toInsertedTask } from '../changes/submit.ts'
import { TaskTable } from './taskTable.ts'
import { QUEUE_TIMINGS } from '../timings.ts'

describe('TaskTable', () => {
  it('answers a new task as it is stored, with every column of the schema', () => {
    const db = openMemoryGatewayDatabase()
    const table = new TaskTable(db)
    const task = newTask('request-1')
    const context = { now: { wallMs: 2_000, steadyMs: 1_000, waitMs: 1_000 }, timings: QUEUE_TIMINGS }
    const row = table.insert(toInsertedTask(task, payloadDigest(task), 60_000, context))
    const stored = db.get<Record<string, unknown>>('SELECT * FROM task')
    const unused = new Set(['vtag'])
    const known = Object.entries(stored ?? {}).filter(([column]) => !unused.has(column))
    expect({ ...row }).toEqual(Object.fromEntries(known))
    db.close()
  })

  it('finds the live leases of one worker without a look at those of others', () => {
    const db = openMemoryGatewayDatabase()
    const table = new TaskTable(db)
    const context = { now: { wallMs: 2_000, steadyMs: 1_000, waitMs: 1_000 }, timings: QUEUE_TIMINGS }
    const states = ['leased', 'running', 'cancelling', 'queued', 'succeeded'] as const
    for (const worker of ['worker-1', 'worker-2']) {
      for (const state of states) {
        const task = newTask(`${worker}-${state}`)
        const row = table.insert(toInsertedTask(task, payloadDigest(task), 60_000, context))
        const deadline = state === 'succeeded' ? null : 5_000
        table.compareAndSet(row, { event: 'lease', set: { state, worker, deadline, line: null } })
      }
    }
    const all = vi.spyOn(db, 'all')
    const found = table.leasesOf('worker-1')
    expect(found.map(({ worker, state }) => [worker, state])).toEqual(
      ['leased', 'running', 'cancelling'].map((state) => ['worker-1', state]),
    )
    const plan = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${all.mock.calls[0]?.[0] ?? ''}`, 'worker-1')
    expect(plan.map(({ detail }) => detail)).toEqual(['SEARCH task USING INDEX task_held (worker=?)'])
    db.close()
  })
})
