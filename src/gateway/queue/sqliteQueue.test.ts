import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { newTask, submit } from './contract/fixture.ts'
import type { QueueUnderTest } from './contract/fixture.ts'
import { describeQueueContract } from './queueContract.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import { QUEUE_TIMINGS } from './timings.ts'

const TIMINGS = { ...QUEUE_TIMINGS, eventsKept: 6 }
const LIMITS = { queuedPerTenant: 8, queuedInAll: 14 }

async function openQueue(queued?: number): Promise<QueueUnderTest> {
  const limits = queued === undefined ? LIMITS : { queuedPerTenant: queued, queuedInAll: queued }
  const clock = createFakeClock()
  const db = openMemoryGatewayDatabase()
  const queue = new SqliteQueue({ db, clock, timings: TIMINGS, limits: () => limits, random: () => 0.5 })
  const close = async (): Promise<void> => {
    await queue.close()
    db.close()
  }
  return { queue, clock, timings: TIMINGS, limits, close }
}

describeQueueContract('SQLite', openQueue)

describe('SqliteQueue', () => {
  it('answers what was asked before close, and refuses what comes after', async () => {
    const { queue, close } = await openQueue()
    const pending = submit(queue, 'request-1')
    await close()
    expect((await pending).state).toBe('queued')
    await expect(queue.submit(newTask('request-2'))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})
