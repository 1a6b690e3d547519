import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createPoolClient } from '../client/index.ts'
import type { PoolClient } from '../client/index.ts'
import type { LeaseRef, WorkerFrame, WorkerInfo } from '../protocol/dsp/index.ts'
import { CAPABILITY_HEADER, HTTP_ROUTES } from '../protocol/http/index.ts'
import { randomHex } from '../shared/index.ts'
import type { Clock } from '../shared/index.ts'
import { createFileHasher, ensureDir, openDatabase } from '../shared/node/index.ts'
import type { Database, FileHasher } from '../shared/node/index.ts'
import type { Engine } from './engines/port.ts'
import { watchReadiness } from './engines/readiness.ts'
import type { ReadinessWatch } from './engines/readiness.ts'
import { createInputCache } from './inputs/inputCache.ts'
import { parseGatewayUrl } from './link/address.ts'
import type { GatewayAddress } from './link/address.ts'
import { GatewayLink } from './link/GatewayLink.ts'
import type { LinkState } from './link/GatewayLink.ts'
import { createGpuMeter } from './load/gpuMeter.ts'
import type { GpuMeter } from './load/gpuMeter.ts'
import { createLoadMeter } from './load/loadMeter.ts'
import { Courier } from './runner/Courier.ts'
import { createFrameHandler } from './runner/frames.ts'
import { createHeartbeat } from './runner/heartbeat.ts'
import type { Heartbeat } from './runner/heartbeat.ts'
import { heldTasks } from './runner/heldTasks.ts'
import { createJournal, JOURNAL_MIGRATIONS, readIdentity } from './runner/journal.ts'
import type { Journal } from './runner/journal.ts'
import { Runner, TASK_TYPES } from './runner/Runner.ts'
import type { WorkerOptions } from './settings.ts'

/** The parts of one life of a worker, put together but not yet connected. */
export interface WorkerParts {
  readonly db: Database
  readonly journal: Journal
  readonly hasher: FileHasher
  readonly readiness: ReadinessWatch
  readonly courier: Courier
  readonly runner: Runner
  readonly heartbeat: Heartbeat
  readonly gpus: GpuMeter
  readonly link: GatewayLink
}

const DEFAULT_CACHE_BYTES = 20 * 1024 ** 3
/** Inputs that do not move for so long are the gateway's to solve: the task goes back to its queue. */
const GIVE_UP_AFTER_MS = 5 * 60_000

interface OpenDeps {
  readonly options: WorkerOptions
  readonly engine: Engine
  readonly clock: Clock
  readonly onLinkState: (state: LinkState) => void
  readonly onDrain: () => void
  /** A worker that is ending says so again after each registration. */
  readonly isEnding: () => boolean
}

/** Opens the journal and cleans up on it; what was opened is closed again when that fails. */
export async function openWorker(deps: OpenDeps): Promise<WorkerParts> {
  const { options, clock } = deps
  const address = parseGatewayUrl(options.gatewayUrl)
  await ensureDir(options.dataDir, 0o700)
  const db = openDatabase({ path: join(options.dataDir, 'worker.db'), migrations: JOURNAL_MIGRATIONS, clock })
  try {
    const journal = createJournal(db, clock)
    await cleanUp(options, journal)
    return assembleWorker(deps, address, db, journal)
  } catch (error) {
    db.close()
    throw error
  }
}

function assembleWorker(deps: OpenDeps, address: GatewayAddress, db: Database, journal: Journal): WorkerParts {
  const { options, engine, clock, onLinkState, onDrain, isEnding } = deps
  const { dataDir, log } = options
  const spoolPath = (taskId: string): string => join(dataDir, 'spool', `${taskId}.mp4`)
  const send = (frame: WorkerFrame): boolean => link.send(frame)
  const openPool = (taskId: string, giveUpAfterMs?: number): PoolClient =>
    createPoolClient({
      baseUrl: address.httpUrl,
      headers: () => ({ [CAPABILITY_HEADER]: runner.capabilityOf(taskId) ?? '' }),
      routes: { pool: HTTP_ROUTES.workerPool, uploads: HTTP_ROUTES.workerUploads },
      clock,
      ...(giveUpAfterMs === undefined ? {} : { giveUpAfterMs }),
    })
  const hasher = createFileHasher()
  const readiness = watchReadiness(engine, clock, (info) => {
    const { name: engine, ...state } = info
    log.info('engine', { engine, ...state })
    send({ type: 'gpu.worker.engines', version: '1.0', engines: [info] })
  })
  const courier: Courier = new Courier({
    ...{ journal, clock, log, spoolPath, send, openPool },
    onUploading: (ref) => send(uploadingFrame(ref)),
  })
  const runner: Runner = new Runner({
    ...{ engine, journal, courier, hasher, spoolPath, send, clock, log },
    slots: options.slots,
    notReadyReason: () => (readiness.info.ready ? undefined : (readiness.info.reason ?? 'not ready')),
    cache: createInputCache({
      dir: join(dataDir, 'cache'),
      limitBytes: options.cacheLimitBytes ?? DEFAULT_CACHE_BYTES,
      clock,
    }),
    openPool: (taskId) => openPool(taskId, GIVE_UP_AFTER_MS),
    workRoot: join(dataDir, 'work'),
  })
  const gpus = createGpuMeter({ command: options.nvidiaSmi, clock, log })
  const heartbeat = createHeartbeat({ runner, journal, clock, log, send, readLoad: createLoadMeter(() => gpus.read()) })
  const worker = describeWorker(db, options)
  const link: GatewayLink = new GatewayLink({
    ...{ dspUrl: address.dspUrl, secret: options.workerSecret, clock, log, onState: onLinkState },
    ...(options.reconnect === undefined ? {} : { timings: options.reconnect }),
    describe: () => ({
      worker: { ...worker, engines: [readiness.info] },
      resume: heldTasks(runner, journal).map(({ task_id, epoch, token }) => ({ task_id, epoch, token })),
    }),
    onRegistered: (frame) => {
      runner.setDraining(false)
      for (const taskId of frame.abandon) runner.end(taskId, 'abandoned')
      heartbeat.begin(frame.heartbeat_ms)
      // So that the first heartbeat knows them.
      gpus.read()
      if (isEnding()) link.sayDraining()
      courier.resume()
    },
    onFrame: createFrameHandler({
      runner,
      courier,
      log,
      onDrain: () => {
        runner.setDraining(true)
        link.sayDraining()
        onDrain()
      },
    }),
  })
  return { db, journal, hasher, readiness, courier, runner, heartbeat, gpus, link }
}

/** What a crash left behind: half-made work goes, finished work that is still owed stays. */
async function cleanUp({ dataDir, log }: WorkerOptions, journal: Journal): Promise<void> {
  const interrupted = journal.dropInterrupted()
  if (interrupted.length > 0) log.warn('runs of an earlier start were interrupted', { taskIds: interrupted })
  await rm(join(dataDir, 'work'), { recursive: true, force: true })
  const spoolDir = join(dataDir, 'spool')
  for (const dir of [join(dataDir, 'work'), spoolDir]) await ensureDir(dir, 0o700)
  const owed = new Set(journal.spooled().map(({ ref }) => `${ref.task_id}.mp4`))
  for (const name of await readdir(spoolDir)) if (!owed.has(name)) await rm(join(spoolDir, name), { force: true })
}

function describeWorker(db: Database, options: WorkerOptions): Omit<WorkerInfo, 'engines'> {
  return {
    id: readIdentity(db, 'worker_id', () => `w_${randomHex(8)}`),
    name: (options.name ?? hostname()).slice(0, 100) || 'worker',
    boot_id: `b_${randomHex(8)}`,
    task_types: [...TASK_TYPES],
    max_concurrent: options.slots,
    features: ['lease', 'cancel', 'resume'],
  }
}

function uploadingFrame(ref: LeaseRef): WorkerFrame {
  return { type: 'gpu.task.progress', version: '1.0', ...ref, stage: 'upload', progress: null }
}
