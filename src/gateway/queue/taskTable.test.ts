import { describe, expect, it } from 'vitest'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { newTask } from './contract/fixture.ts'
import { payloadDigest, toInsertedTask } from './submit.ts'
import { TaskTable } from './taskTable.ts'
import { QUEUE_TIMINGS } from './timings.ts'

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
})
