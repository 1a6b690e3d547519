import { Readable } from 'node:stream'
import type { PoolFile } from '../../../protocol/files/index.ts'
import { createLogger } from '../../../shared/node/index.ts'
import type { Logger } from '../../../shared/node/index.ts'
import { openPool } from '../../pool/testing/openPool.ts'
import { SqliteQueue } from '../../queue/sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from '../../queue/timings.ts'
import type { StoredTask } from '../../queue/port.ts'
import { Assets } from '../assets.ts'

const TYPES = ['heygem_submit', 'delete_asset']
const silent = createLogger({ name: 'assets-test', level: 'silent', destination: 'stderr' })

export type OpenAssets = Awaited<ReturnType<typeof openAssets>>

/** Assets on a real queue and a real pool, with workers that are only names. */
export async function openAssets(
  dataDir: string,
  workers: readonly string[] = [],
  keptMs: () => number | null = () => null,
) {
  const { pool, clock, db, close: closePool } = await openPool(dataDir)
  const limits = () => ({ ...QUEUE_LIMITS, queuedPerTenant: 2_000 })
  const queue = new SqliteQueue({ db, clock, timings: QUEUE_TIMINGS, limits })
  const { lateOutputKeptMs } = QUEUE_TIMINGS
  const errors: string[] = []
  const log: Logger = { ...silent, error: (message) => void errors.push(message) }
  const deps = { db, queue, pool, clock, log, lateOutputKeptMs, keptMs, kick: () => Promise.resolve() }
  const known = () => workers.map((workerId) => ({ workerId, isOnline: false }))
  let requests = 0

  const bring = async (tenant: string, text: string, ext: PoolFile['ext'] = '.wav'): Promise<PoolFile> =>
    pool.put(tenant, { ext }, Readable.from([Buffer.from(text)]))

  return {
    ...{ db, queue, pool, clock, bring },
    /** What the assets logged as errors. */
    errors,
    /** What a crash would leave is there before it is opened. */
    openAssets: () => Assets.open({ ...deps, workers: known }),
    async submit(tenant: string, file: PoolFile): Promise<StoredTask> {
      requests += 1
      const payload = { audio: file, video: file, options: {} }
      const shared = { taskType: 'heygem_submit', priority: 'normal', retryOf: null } as const
      const requestId = `request_${String(requests)}`
      const outcome = await queue.submit({ ...shared, tenant, requestId, payload })
      if (outcome.kind !== 'created') throw new Error(outcome.kind)
      return outcome.task
    },
    /** Leases and accepts the next task for a worker; answers what ends it. */
    async run(workerId: string) {
      const request = { workerId, serverId: workerId, kinds: TYPES, credit: 1, isIdle: true, fleetSlots: 1 }
      const [lease] = await queue.lease(request)
      if (lease === undefined) return undefined
      const ref = { task_id: lease.task.id, epoch: lease.task.epoch, token: lease.token }
      await queue.accept(ref, workerId)
      clock.advance(1)
      const succeed = () => queue.settle(ref, workerId, { kind: 'succeeded', output: null, engine: 'preview' })
      const failure = { code: 'WORKER_BROKEN' }
      const fail = () => queue.settle(ref, workerId, { kind: 'failed', failure, retryable: false })
      return { task: lease.task, succeed, fail }
    },
    async close(): Promise<void> {
      await queue.close()
      await closePool()
    },
  }
}
