import type { Clock } from '../../shared/index.ts'
import { openGatewayDatabase } from '../store/gatewayDatabase.ts'
import type { QueuePort } from './port.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from './timings.ts'
import type { QueueLimits, QueueTimings } from './timings.ts'

export interface OpenQueueOptions {
  /** Existing folder; the queue owns `gateway.db` in it until `close()`. */
  readonly dataDir: string
  readonly clock: Clock
  readonly limits?: Partial<QueueLimits>
  readonly timings?: Partial<QueueTimings>
}

/** The queue alone, as the gateway builds it but without doors: for programs that measure or check it at its port. */
export function openQueue({ dataDir, clock, limits, timings }: OpenQueueOptions): QueuePort {
  const db = openGatewayDatabase(dataDir)
  const queue = new SqliteQueue({
    ...{ db, clock },
    limits: () => ({ ...QUEUE_LIMITS, ...limits }),
    timings: { ...QUEUE_TIMINGS, ...timings },
  })
  const close = queue.close.bind(queue)
  return Object.assign(queue, {
    async close() {
      await close()
      db.close()
    },
  })
}
