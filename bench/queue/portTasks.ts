import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { openQueue } from '../../src/gateway/index.ts'
import type { NewTask, QueuePort, VideoPayload } from '../../src/gateway/index.ts'
import { systemClock } from '../../src/shared/node/index.ts'

export const TASK_TYPE = 'heygem_submit'

const NO_LIMIT = 10_000_000
const hex = (bytes: number): string => randomBytes(bytes).toString('hex')

const PAYLOAD: VideoPayload = {
  audio: { md5: hex(16), sha256: hex(32), ext: '.wav', size: 1_200_000 },
  video: { md5: hex(16), sha256: hex(32), ext: '.mp4', size: 48_000_000 },
  options: {},
}

/** Request ids of one bench are made without a draw of random bytes: that is the client's time. */
const BENCH_ID = `bench-${hex(6)}`
let made = 0

/** The queue at its port, on a new database with the gateway's own settings (`synchronous=FULL`), without limits. */
export async function openPortQueue(dataDir: string): Promise<QueuePort> {
  await mkdir(dataDir, { recursive: true })
  return openQueue({ dataDir, clock: systemClock, limits: { queuedPerTenant: NO_LIMIT, queuedInAll: NO_LIMIT } })
}

function newTask(tenant = 'tenant-0'): NewTask {
  return {
    ...{ tenant, requestId: `${BENCH_ID}-${(made += 1)}`, taskType: TASK_TYPE, priority: 'normal' },
    ...{ payload: PAYLOAD, retryOf: null },
  }
}

/** What a BullMQ job carries for the same task. */
export function jobData(tenant = 'tenant-0'): Readonly<Record<string, unknown>> {
  return { tenant, ...PAYLOAD }
}

/** Throws unless the task is new and stored. */
export async function submitOne(queue: QueuePort, tenant?: string): Promise<string> {
  const outcome = await queue.submit(newTask(tenant))
  if (outcome.kind !== 'created') throw new Error(`a submit was ${outcome.kind}`)
  return outcome.task.id
}

/** `total` calls of `work`, always `width` of them on their way. */
export async function inFlight(total: number, width: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < total) {
      next += 1
      await work(next)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, total) }, lane))
}
