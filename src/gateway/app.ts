import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SettingsPatch } from '../protocol/admin/index.ts'
import { createEmitter, DAY_MS, HOUR_MS } from '../shared/index.ts'
import type { Clock } from '../shared/index.ts'
import { clientAddress } from '../shared/node/index.ts'
import type { Certificate, Database, Logger } from '../shared/node/index.ts'
import { AuditLog } from './admin/auditLog.ts'
import { Assets } from './assets/index.ts'
import { createGatewayAuth } from './auth/gatewayAuth.ts'
import { TenantConnections } from './auth/tenantConnections.ts'
import type { GatewayCredentials } from './auth/credentials.ts'
import { TaskViews } from './dialects/index.ts'
import { Dispatcher, startReaper, startTaskLog } from './dispatch/index.ts'
import type { Reaper } from './dispatch/index.ts'
import { createDspDoor } from './dsp/index.ts'
import { FieldDoor, isFieldWorkerId } from './dsp/fieldWorkers/index.ts'
import type { FieldWorkerOptions } from './dsp/fieldWorkers/index.ts'
import { WaitEstimator } from './estimates/index.ts'
import { createEventDoor } from './events/index.ts'
import { FLEET_TIMINGS } from './fleet/health.ts'
import type { FleetTimings } from './fleet/health.ts'
import { MemoryFleet } from './fleet/memoryFleet.ts'
import { createHttpApp, createNodeServer, createProgressSockets, createUpgradeRouter } from './http/index.ts'
import type { DoorPolicy, GatewayApp, UpgradeRouter } from './http/index.ts'
import { createGatewayMetrics } from './metrics/index.ts'
import { createIntakeRates } from './intake/rates.ts'
import type { GatewayParts, ProgressNews } from './parts.ts'
import { poolChores } from './upkeep/chores.ts'
import { DiskPool } from './pool/diskPool.ts'
import { POOL_SETTINGS, poolLimitsOf } from './pool/poolSettings.ts'
import type { PoolSettings } from './pool/poolSettings.ts'
import { createTusHandler } from './pool/tus/tusHandler.ts'
import { UploadStore } from './pool/tus/uploadStore.ts'
import { startUpkeep } from './upkeep/upkeep.ts'
import { createPowerHook, POWER_TIMINGS, PowerKeeper } from './power/index.ts'
import type { PowerHookOptions, PowerTimings } from './power/index.ts'
import { SqliteQueue } from './queue/sqliteQueue.ts'
import type { SqliteQueueDeps } from './queue/sqliteQueue.ts'
import { QUEUE_TIMINGS } from './queue/timings.ts'
import type { QueueTimings } from './queue/timings.ts'
import { DEFAULT_LIMITS, DEFAULT_TIMINGS, settingsOf } from './settings/defaults.ts'
import type { GatewayLimits, GatewayTimings } from './settings/defaults.ts'
import { openLiveSettings } from './settings/liveSettings.ts'
import type { LiveSettings } from './settings/liveSettings.ts'
import { StopList } from './stopInOrder.ts'
import { backupChore, storeStatus } from './store/backups.ts'
import { openToldDatabase } from './store/openToldDatabase.ts'
import { giveUpOldLeases } from './queue/giveUpOldLeases.ts'
import { restoredLately } from './store/restoredState.ts'

export interface AssembleOptions {
  readonly dataDir: string
  readonly credentials: GatewayCredentials
  readonly log: Logger
  readonly clock: Clock
  readonly version: string
  readonly timings?: Partial<GatewayTimings> | undefined
  readonly queueTimings?: Partial<QueueTimings> | undefined
  readonly fleetTimings?: Partial<FleetTimings> | undefined
  readonly poolSettings?: Partial<PoolSettings> | undefined
  readonly powerTimings?: Partial<PowerTimings> | undefined
  /** How GPU servers are turned on and off; from the command line or the environment only. */
  readonly power?: PowerHookOptions | undefined
  /** Whoever starts this gateway starts a worker with it: until that is there, no GPU counts as off. */
  readonly expectsWorker?: boolean | undefined
  /** Workers of the field are let in, and reached as this says. */
  readonly fieldWorkers?: FieldWorkerOptions | undefined
  readonly limits?: Partial<GatewayLimits> | undefined
  /** Go before the built-in defaults, and behind what an operator stored. */
  readonly settings?: SettingsPatch | undefined
  /** How many tenants /metrics tells by name; none when not given. */
  readonly metricsTenants?: number | undefined
  readonly policy: () => DoorPolicy
  readonly trustsProxy: boolean
  /** Without one the doors are plain. */
  readonly certificate?: Certificate | undefined
}

/** Everything of a gateway but the listening. */
export interface AssembledGateway {
  readonly app: GatewayApp
  readonly upgrades: UpgradeRouter
  /** From here on time-outs are acted upon. */
  startReaper(): void
  /** In this order: nothing new is given, then everybody is told, then requests end, then the stores close. Once. */
  stop(): Promise<void>
}

/** Opens the stores and builds the doors on them. What it opened is closed again when it throws. */
export async function assembleGateway(options: AssembleOptions): Promise<AssembledGateway> {
  const { clock, log } = options
  const opened = new StopList(log)
  const db = opened.addClosable('db', openToldDatabase(options.dataDir, { clock, log }))
  try {
    return await assembleOn(db, opened, options)
  } catch (error) {
    // What fails here is in the log; the reason why it could not open is the one to tell.
    await opened.stop().catch(() => undefined)
    throw error
  }
}

/** Of each tenant, by what they are for. */
function countConnections(
  opened: StopList,
  { keys }: Pick<GatewayParts['auth'], 'keys'>,
  { limits, live }: { readonly limits: GatewayLimits; readonly live: LiveSettings },
): Pick<GatewayParts, 'sockets' | 'downloads'> {
  const sockets = new TenantConnections({ keys, maxPerTenant: () => live.current().sockets_per_tenant })
  const downloads = new TenantConnections({ keys, maxPerTenant: () => limits.downloadsPerTenant })
  return { sockets: opened.add('sockets', sockets), downloads: opened.add('downloads', downloads) }
}

async function assembleOn(db: Database, opened: StopList, options: AssembleOptions): Promise<AssembledGateway> {
  const { clock, log, dataDir } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const live = openLiveSettings(db, { ...settingsOf(options.limits), ...options.settings })
  const auth = createGatewayAuth({ db, clock, log, credentials: options.credentials })
  const audit = opened.add('audit', new AuditLog({ db, clock, log }))
  const settings = { ...POOL_SETTINGS, maxFileBytes: limits.maxFileBytes, ...options.poolSettings }
  // Whole forms only: what an earlier start left half sent is of no use.
  await rm(join(dataDir, 'spool'), { recursive: true, force: true })
  const pool = await DiskPool.open({
    ...{ root: join(dataDir, 'pool'), db, clock, settings },
    limits: () => poolLimitsOf(live.current()),
    keepsUnindexed: () => restoredLately(db, clock.now()) !== undefined,
  })
  opened.addClosable('pool', pool)
  const uploads = new UploadStore({ pool, clock, settings })
  const queueTimings = { ...QUEUE_TIMINGS, ...options.queueTimings }
  const queue = new SqliteQueue({ db, clock, timings: queueTimings, ...queueRules(options, live) })
  opened.addClosable('queue', queue)
  opened.add('taskLog', startTaskLog(queue, log))
  await giveUpOldLeases(db, queue, log)
  const fleetTimings = { ...FLEET_TIMINGS, ...options.fleetTimings }
  const fleet = new MemoryFleet({ db, clock, log, timings: fleetTimings, settings: live })
  opened.addClosable('fleet', fleet)
  const timings = { ...DEFAULT_TIMINGS, ...options.timings }
  const { leaseMs, lateOutputKeptMs } = queueTimings
  const { penaltyMs } = timings
  const dispatcher = new Dispatcher({ queue, fleet, auth, clock, log, settings: live, leaseMs, penaltyMs })
  opened.add('dispatcher', dispatcher)
  const assets = await Assets.open({
    ...{ db, queue, pool, clock, log, lateOutputKeptMs },
    keptMs: () => daysMs(live.current().assets_kept_days),
    workers: () => fleet.list().map(({ workerId, state }) => ({ workerId, isOnline: state === 'online' })),
    kick: () => dispatcher.kick(),
    // Those forget by themselves after a day; removing a file there would take it from everybody.
    isKeeper: (workerId) => !isFieldWorkerId(workerId),
  })
  opened.add('assets', assets)
  const power = new PowerKeeper({
    ...{ queue, fleet, db, clock, log, settings: live, expectsWorker: options.expectsWorker ?? false },
    hook: options.power === undefined ? undefined : createPowerHook(options.power, clock),
    timings: { ...POWER_TIMINGS, ...options.powerTimings },
    dispatchSettled: () => dispatcher.kick(),
  })
  opened.add('power', power)
  const outlook = () => power.outlook()
  const progress = createEmitter<ProgressNews>()
  const estimates = opened.add('estimates', new WaitEstimator({ queue, fleet, clock, outlook, progress }))
  const views = opened.add('views', new TaskViews({ queue, fleet, clock, estimates, outlook }))
  const { version, metricsTenants: maxTenants = 0 } = options
  const metrics = createGatewayMetrics({ queue, fleet, power, pool, db, dataDir, version, maxTenants })
  opened.add('metrics', metrics)
  const parts: GatewayParts = {
    ...{ queue, pool, assets, fleet, auth, audit, queueAdmin: queue, views, dispatcher, power, progress },
    ...countConnections(opened, auth, { limits, live }),
    ...{ clock, log, limits, timings, leaseMs, version, settings: live },
    ...{ metrics, store: storeStatus(db, clock) },
    rates: createIntakeRates(clock, limits, live),
    addressOf: (request) => clientAddress(request, options.trustsProxy),
  }
  const backup = backupChore({ path: db.path, clock, log, spareBytes: settings.lowDiskBytes })
  opened.add('upkeep', startUpkeep([...poolChores({ pool, assets, log }), backup], { clock, log }))
  const doors = await buildDoors(parts, { uploads, db, opened }, options)
  // Once more, before the doors: nothing new is given then, and that the servers leave is the stop's own doing.
  opened.add('dispatch', dispatcher)
  opened.add('power', power)
  return {
    ...doors,
    startReaper: () => void opened.add('reaper', reaperOf(parts)),
    stop: () => opened.stop(),
  }
}

interface Stores {
  readonly uploads: UploadStore
  readonly db: Database
  readonly opened: StopList
}

/** What people, programs and workers come through. */
async function buildDoors(
  parts: GatewayParts,
  { uploads, db, opened }: Stores,
  options: AssembleOptions,
): Promise<Pick<AssembledGateway, 'app' | 'upgrades'>> {
  const { policy, dataDir, fieldWorkers, credentials } = options
  const { workerSecret } = credentials
  const field =
    fieldWorkers === undefined
      ? undefined
      : await FieldDoor.open({ ...{ parts, db, dataDir, workerSecret }, options: fieldWorkers })
  const built: GatewayApp[] = []
  // The last of the doors that closes, for it waits for what came through the others; and the last that is built.
  opened.add('http', { stop: () => Promise.all(built.map((one) => one.close())) })
  const events = opened.add('events', createEventDoor(parts))
  const dsp = opened.add('dsp', createDspDoor(parts, field))
  const progress = opened.add('progress', createProgressSockets(parts))
  const app = await createHttpApp({
    parts,
    createServer: (next) => createNodeServer({ parts, events, policy, certificate: options.certificate }, next),
    createTusHandler: (mount) => createTusHandler({ uploads, ...mount }),
    spoolDir: join(dataDir, 'spool'),
  })
  built.push(app)
  const upgrades = createUpgradeRouter(parts, { dsp, events, progress }, policy)
  app.server.on('upgrade', (request, socket, head) => {
    upgrades.route(request, socket, head)
  })
  return { app, upgrades }
}

function reaperOf(parts: GatewayParts): Reaper {
  const { queue, clock, log, timings, dispatcher } = parts
  return startReaper({
    ...{ queue, clock, log },
    everyMs: timings.reapEveryMs,
    pauseGapMs: timings.pauseGapMs,
    graceMs: timings.pauseGraceMs,
    onRound: () => {
      void dispatcher.kick()
    },
  })
}

/** What the queue reads at every submit: an operator may have changed it. */
function queueRules(
  { queueTimings, log }: AssembleOptions,
  live: LiveSettings,
): Pick<SqliteQueueDeps, 'limits' | 'queuedTtlMs' | 'onListenerError'> {
  return {
    limits: () => {
      const { queued_per_tenant: queuedPerTenant, queued_in_all: queuedInAll } = live.current()
      return { queuedPerTenant, queuedInAll }
    },
    queuedTtlMs: () => {
      if (queueTimings?.queuedTtlMs !== undefined) return queueTimings.queuedTtlMs
      const hours = live.current().queued_ttl_hours
      return hours === null ? null : hours * HOUR_MS
    },
    onListenerError: (error) => {
      log.error('a listener of the queue failed', { error })
    },
  }
}

function daysMs(days: number | null): number | null {
  return days === null ? null : days * DAY_MS
}
