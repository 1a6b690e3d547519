import { createFakeClock } from '../../shared/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import type { QueueUnderTest } from './contract/fixture.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import { QUEUE_TIMINGS } from './timings.ts'

const TIMINGS = { ...QUEUE_TIMINGS, eventsKept: 6 }
const LIMITS = { queuedPerTenant: 8, queuedInAll: 14 }

/** The SQLite adapter for tests: in memory, under a clock that moves when told, jitter always half. */
export async function openTestQueue(queued?: number, positionsCounted?: number): Promise<QueueUnderTest> {
  const limits = queued === undefined ? LIMITS : { queuedPerTenant: queued, queuedInAll: queued }
  const clock = createFakeClock()
  const db = openMemoryGatewayDatabase()
  const open = (): SqliteQueue =>
    new SqliteQueue({
      ...{ db, clock, timings: TIMINGS, limits: () => limits, random: () => 0.5 },
      ...(positionsCounted === undefined ? {} : { positionsCounted }),
    })
  let queue = open()
  return {
    ...{ queue, clock, limits, timings: TIMINGS },
    reopen: async () => {
      await queue.close()
      queue = open()
      return queue
    },
    close: async () => {
      await queue.close()
      db.close()
    },
  }
}
