import { AppError, createFakeClock } from '../../shared/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import type { QueueUnderTest } from './contract/fixture.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import type { QueueLimits } from './timings.ts'
import { QUEUE_TIMINGS } from './timings.ts'

const TIMINGS = { ...QUEUE_TIMINGS, eventsKept: 6 }
const LIMITS = { queuedPerTenant: 8, queuedInAll: 14 }

/** The SQLite adapter for tests: in memory, under a clock that moves when told, jitter always half. */
export async function openTestQueue(queued?: number, positionsCounted?: number): Promise<QueueUnderTest> {
  const limits = queued === undefined ? LIMITS : { queuedPerTenant: queued, queuedInAll: queued }
  const clock = createFakeClock()
  const db = openMemoryGatewayDatabase()
  let isRefusing = false
  // Asked inside the transaction of a submit, after whatever was asked for before it in the same turn.
  const limitsNow = (): QueueLimits => {
    if (isRefusing) throw new AppError('INTERNAL', { message: 'a write failed' })
    return limits
  }
  const open = (): SqliteQueue =>
    new SqliteQueue({
      ...{ db, clock, timings: TIMINGS, limits: limitsNow, random: () => 0.5 },
      ...(positionsCounted === undefined ? {} : { positionsCounted }),
    })
  let queue = open()
  return {
    ...{ queue, clock, limits, timings: TIMINGS },
    failing: (what) => {
      isRefusing = what === 'submits'
      db.exec(`PRAGMA query_only = ${what === 'all' ? '1' : '0'}`)
    },
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
