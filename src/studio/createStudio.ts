import { join } from 'node:path'
import type {
  ComposeOptions,
  Connection,
  ConnectionTarget,
  Settings,
  SettingsPatch,
  TaskRecord,
} from '../protocol/studio/index.ts'
import { AppError } from '../shared/index.ts'
import { createFileHasher, ensureDir, openDatabase, systemClock } from '../shared/node/index.ts'
import { createStudioRouter, retryTask } from './api/index.ts'
import type { StudioRouter } from './api/index.ts'
import { createFromPaths, followRecord } from './pathTasks.ts'
import { Crew } from './compose/index.ts'
import { GatewayConnection } from './connection/index.ts'
import type { EmbeddedGateway } from './connection/index.ts'
import { startDailyBackup } from './database/dailyBackup.ts'
import { STUDIO_MIGRATIONS } from './database/migrations.ts'
import { createLedger, createRecordStore } from './history/index.ts'
import { createFfmpegFinder, mediaCacheDir, MediaLibrary } from './media/index.ts'
import type { ServedMedia } from './media/index.ts'
import { deleteRemoved, startTidying } from './tidying.ts'
import { watchRecords } from './watchRecords.ts'
import type { StudioConfig, StudioParts } from './parts.ts'
import { createSettingsStore } from './settings/index.ts'
import { createHashCache, createTransfers, createUploadCheckpoints } from './transfer/index.ts'

/** What a door needs beside the contract; never offered to the renderer. */
export interface StudioDoor {
  /** Takes a path a person chose or dropped; `name` when the file is stored under another one. */
  registerPath(path: string, options?: { readonly name?: string }): string
  /** What `/media/<handle>` serves; null for an unknown handle. */
  resolveMedia(handle: string): ServedMedia | null
  /** Files that open handles or unfinished tasks need: a sweeper of staged files leaves them alone. */
  pathsInUse(): readonly string[]
}

/** Typed methods for callers in process, such as the command line. They throw AppError. */
export interface StudioApi {
  /** Makes a task from two files; `outputPath` is exact and must be free. Returns when the task is durable. */
  create(job: {
    readonly avatarPath: string
    readonly voicePath: string
    readonly outputPath?: string
    readonly options: ComposeOptions
  }): Promise<TaskRecord>
  /** The record now and after each change, until it has ended or `signal` aborts. */
  follow(recordId: string, signal: AbortSignal): AsyncGenerator<TaskRecord, void>
  cancel(recordId: string): TaskRecord
  get(recordId: string): TaskRecord
  /** A new record with the inputs and options of an ended one. */
  retry(recordId: string): Promise<TaskRecord>
  /** Unfinished records, newest first. */
  listActive(): readonly TaskRecord[]
  /** Path of a finished video on this PC; null while there is none. */
  outputPath(recordId: string): string | null
  connection(): Connection
  useConnection(target: ConnectionTarget): Promise<Connection>
  setSettings(patch: SettingsPatch): Settings
}

export interface Studio {
  /** Connects, and goes on with what an earlier life of the process left unfinished. */
  start(): Promise<void>
  /** Checkpoints and closes everything; idempotent. Unfinished tasks go on at the next start. */
  stop(): Promise<void>
  readonly router: StudioRouter
  readonly door: StudioDoor
  readonly api: StudioApi
  /** The embedded gateway came, went or moved. */
  setEmbeddedGateway(gateway: EmbeddedGateway | null): void
}

const KEEP_ALIVE_MS = 60_000
const PREVIEW_ENGINE = 'preview'

/** Opens the data folder. Throws DB_IN_USE, DB_CORRUPT, DB_FROM_FUTURE, DATA_DIR_UNWRITABLE, SQLITE_TOO_OLD. */
export async function createStudio(config: StudioConfig): Promise<Studio> {
  await ensureDir(config.dataDir, 0o700)
  const stopping = new AbortController()
  const parts = assemble(config, stopping.signal)
  const unwatch = watchRecords(parts)
  let keepAlive: NodeJS.Timeout | undefined
  let stopBackups = (): void => undefined
  let stopTidying = (): Promise<void> => Promise.resolve()
  let stopped: Promise<void> | undefined

  const stop = async (): Promise<void> => {
    stopping.abort(new AppError('SHUTTING_DOWN', { message: 'the studio stops', retryable: true }))
    clearInterval(keepAlive)
    stopBackups()
    await stopTidying()
    await parts.crew.stop()
    parts.connection.stop()
    await parts.media.stop()
    await parts.hashCache.stop()
    unwatch()
    parts.db.close()
  }

  return {
    router: createStudioRouter(parts, stopping.signal),
    door: createDoor(parts),
    api: createApi(parts),
    setEmbeddedGateway: (gateway) => {
      parts.connection.setEmbedded(gateway)
    },
    async start() {
      // Our timers never keep a process alive; unfinished tasks must.
      keepAlive = setInterval(() => undefined, KEEP_ALIVE_MS)
      await parts.media.sweep()
      await deleteRemoved(parts)
      await parts.connection.start()
      parts.crew.resume()
      stopBackups = startDailyBackup(parts)
      stopTidying = startTidying(parts)
    },
    stop: () => (stopped ??= stop()),
  }
}

function assemble(config: StudioConfig, signal: AbortSignal): StudioParts {
  const { log, platform } = config
  const clock = config.clock ?? systemClock
  const db = openDatabase({
    path: join(config.dataDir, 'studio.db'),
    migrations: STUDIO_MIGRATIONS,
    clock,
    onRestored: (event) => {
      log.error('the damaged history was replaced by a backup', { ...event })
    },
  })
  const settings = createSettingsStore({ db, log })
  const hashCache = createHashCache({ db, hasher: createFileHasher(), clock })
  const ffmpeg = createFfmpegFinder(config.ffmpegPath)
  const media = new MediaLibrary({ cacheDir: mediaCacheDir(config.dataDir), ffmpeg, hashCache, clock })
  const store = createRecordStore({ db, log, clock })
  const ledger = createLedger({ store, media, clock })
  const connection = new GatewayConnection({ settings, platform, language: config.locale, clock, log })
  const transfers = createTransfers({
    checkpoints: createUploadCheckpoints(db, clock),
    readUploadLimit: () => settings.get().uploadLimitBytesPerSecond,
    setBusy: (on) => {
      platform.keepAwake({ on }).catch((error: unknown) => {
        log.debug('the PC could not be kept awake', { detail: AppError.from(error).message })
      })
    },
  })
  const crew = new Crew({
    store,
    ledger,
    hashCache,
    transfers,
    clock,
    log,
    outputDir: config.outputDir,
    link: () => connection.link(),
    lipSyncOf: (engine) => lipSyncOf(connection.view, engine),
  })
  const preflightDeps = { media, hashCache, connection, store, log, signal }
  return { config, clock, db, settings, store, ledger, media, ffmpeg, hashCache, connection, crew, preflightDeps }
}

/** What the workers online say of the engine. The preview engine never syncs lips, also when its worker is gone. */
function lipSyncOf(connection: Connection, engine: string | null): boolean | null {
  const told = connection.gpu?.engines.find((candidate) => candidate.name === engine)?.lip_sync
  return told ?? (engine === PREVIEW_ENGINE ? false : null)
}

function createDoor(parts: StudioParts): StudioDoor {
  const { handles } = parts.media
  return {
    registerPath: (path, options = {}) => handles.register(path, options.name).handle,
    resolveMedia: (handle) => handles.resolve(handle),
    pathsInUse: () => [
      ...handles.openPaths(),
      ...parts.store.listActive().flatMap((record) => [record.avatar.path, record.voice.path]),
    ],
  }
}

function createApi(parts: StudioParts): StudioApi {
  const { ledger, crew, connection, settings, store } = parts
  return {
    create: (job) => createFromPaths(parts, job),
    follow: (recordId, signal) => followRecord(parts, recordId, signal),
    cancel: (recordId) => ledger.view(crew.cancel(recordId)),
    get: (recordId) => ledger.view(ledger.get(recordId)),
    retry: (recordId) => retryTask(parts, recordId),
    listActive: () => store.listActive().map((record) => ledger.view(record)),
    outputPath: (recordId) => ledger.get(recordId).output?.path ?? null,
    connection: () => connection.view,
    useConnection: (target) => connection.use(target),
    setSettings: (patch) => settings.set(patch),
  }
}
