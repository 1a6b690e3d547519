import { setImmediate as turn } from 'node:timers/promises'
import type { GatewayFrame, Job, LeaseRef, WorkerInfo } from '../../protocol/dsp/index.ts'
import type { SettingsPatch } from '../../protocol/admin/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import type { FakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { createGatewayAuth } from '../auth/gatewayAuth.ts'
import { Dispatcher } from '../dispatch/index.ts'
import type { WorkerLink } from '../dispatch/index.ts'
import { FLEET_TIMINGS } from '../fleet/health.ts'
import { MemoryFleet } from '../fleet/memoryFleet.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { QUEUE_TIMINGS } from '../queue/timings.ts'
import type { QueueTimings } from '../queue/timings.ts'
import { openLiveSettings } from '../settings/liveSettings.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { newKey } from './gatewayBench.ts'
import { workerInfo } from './scriptedWorker.ts'

const PENALTY_MS = 5_000
const MANY = { queuedPerTenant: 1_000_000, queuedInAll: 1_000_000 }

/** Queue, fleet and dispatcher as they are, on a database in memory and a clock that only a test moves. */
export interface DispatchBench {
  readonly clock: FakeClock
  readonly queue: SqliteQueue
  readonly fleet: MemoryFleet
  readonly settings: LiveSettings
  readonly dispatcher: Dispatcher
  /** Registers a worker over a connection of its own, as `/dsp` does. */
  connect(id: string, changes?: Partial<WorkerInfo>, resume?: readonly LeaseRef[]): Promise<BenchWorker>
  /** Until nothing happens any more at this time. */
  quiet(): Promise<void>
  close(): Promise<void>
}

export interface BenchWorker {
  readonly link: WorkerLink
  /** Everything it was sent, in order. */
  readonly sent: GatewayFrame[]
  /** Jobs it was sent, of batches too. */
  jobs(): readonly Job[]
  /** Close codes of its connection. */
  readonly closed: readonly number[]
  accept(job: LeaseRef): Promise<void>
  /** The connection breaks. */
  cut(): Promise<void>
  /** The same worker over a new connection; it names the runs it still has. */
  reconnect(resume?: readonly LeaseRef[]): Promise<BenchWorker>
}

export interface DispatchBenchOptions {
  readonly Queue?: typeof SqliteQueue
  readonly timings?: Partial<QueueTimings>
  readonly settings?: SettingsPatch
}

export function openDispatchBench(options: DispatchBenchOptions = {}): DispatchBench {
  const Queue = options.Queue ?? SqliteQueue
  const clock = createFakeClock()
  const db = openMemoryGatewayDatabase()
  const log = createLogger({ name: 'dispatch-test', destination: 'stderr', level: 'silent' })
  const settings = openLiveSettings(db, options.settings)
  const timings = { ...QUEUE_TIMINGS, ...options.timings }
  const queue = new Queue({ db, clock, timings, limits: () => MANY })
  const fleet = new MemoryFleet({ db, clock, log, timings: FLEET_TIMINGS, settings })
  const credentials = { licenseKey: newKey('lk'), workerSecret: newKey('ws'), adminToken: newKey('at') }
  const auth = createGatewayAuth({ db, clock, log, credentials })
  const { leaseMs } = timings
  const dispatcher = new Dispatcher({ queue, fleet, auth, clock, log, settings, leaseMs, penaltyMs: PENALTY_MS })
  const connect = connector({ dispatcher, fleet, queue })
  return {
    ...{ clock, queue, fleet, settings, dispatcher },
    connect: async (id, changes = {}, resume = []) => connect({ ...workerInfo(id, 1), ...changes }, resume),
    quiet: async () => {
      // A pass, the commits of its leases and what follows from them take a few turns; then nothing is left.
      for (let turns = 0; turns < 8; turns++) await turn()
      await dispatcher.kick()
      for (let turns = 0; turns < 4; turns++) await turn()
    },
    close: async () => {
      await dispatcher.stop()
      fleet.close()
      await queue.close()
      db.close()
    },
  }
}

type Connect = (info: WorkerInfo, resume: readonly LeaseRef[]) => Promise<BenchWorker>

/** Numbers connections in the order they come, as `/dsp` does. */
function connector(parts: Pick<DispatchBench, 'dispatcher' | 'fleet' | 'queue'>): Connect {
  const { dispatcher, fleet, queue } = parts
  let lastConnectionId = 0
  const connect: Connect = async (info, resume) => {
    lastConnectionId += 1
    const connectionId = lastConnectionId
    const sent: GatewayFrame[] = []
    const closed: number[] = []
    let isOpen = true
    const { serverId } = fleet.join(info, connectionId)
    const link: WorkerLink = {
      ...{ connectionId, workerId: info.id, serverId },
      send: (frame) => {
        if (isOpen) sent.push(frame)
        return isOpen
      },
      close: (closeCode) => {
        isOpen = false
        closed.push(closeCode)
      },
    }
    await dispatcher.resume(info.id, resume)
    dispatcher.attach(link)
    return {
      ...{ link, sent, closed },
      jobs: () => sent.flatMap(jobsOf),
      accept: async (job) => {
        await queue.accept({ task_id: job.task_id, epoch: job.epoch, token: job.token }, info.id)
      },
      cut: async () => {
        isOpen = false
        fleet.leave(info.id, connectionId)
        await dispatcher.detach(link)
      },
      reconnect: (running = []) => connect(info, running),
    }
  }
  return connect
}

function jobsOf(frame: GatewayFrame): readonly Job[] {
  if (frame.type === 'gpu.job.submit') return [frame]
  return frame.type === 'gpu.job.dispatch.batch' ? frame.data.jobs : []
}
