import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createNodePipeline } from '../host/index.ts'
import type { AppError } from '../shared/index.ts'
import { ensureDir, systemClock } from '../shared/node/index.ts'
import type { Logger } from '../shared/node/index.ts'
import { createStudio } from '../studio/index.ts'
import type { Studio } from '../studio/index.ts'
import { loadPage } from './page/pageFiles.ts'
import type { Page } from './page/pageFiles.ts'
import { createSecretsFile } from './platform/secretsFile.ts'
import { createWebPlatform } from './platform/webPlatform.ts'
import { createStagingArea } from './staging/stagingArea.ts'
import type { StagingArea, StagingLimits } from './staging/stagingArea.ts'
import { startSweeper } from './staging/sweep.ts'
import { createWebDoor } from './webDoor.ts'
import type { WebAddress, WebDoor, WebReach } from './webDoor.ts'

const DEFAULT_LIMITS: StagingLimits = { maxFileBytes: 4 * 1024 ** 3, reserveBytes: 256 * 1024 ** 2 }

export interface WebHostOptions extends WebReach {
  /** 0 = any free one. */
  readonly port: number
  readonly dataDir: string
  readonly outputDir: string
  /** The built page. */
  readonly rendererDir: string
  readonly resourcesDir: string
  /** Scripts of the gateway and the worker that run on this PC. */
  readonly entries: { readonly gateway: string; readonly worker: string }
  readonly version: string
  readonly locale: string
  readonly log: Logger
  readonly ffmpegPath?: string
  readonly limits?: StagingLimits
  /** The gateway or the worker of this PC crashed three times in a minute and stays down. */
  readonly onBroken?: (error: AppError) => void
}

/** The whole app behind one address: studio in this process, gateway and worker as its children. */
export interface WebHost {
  /**
   * Resolves when the app can be opened. Throws PAGE_NOT_BUILT, PLAIN_BIND_REFUSED, PORT_IN_USE, PORT_FORBIDDEN,
   * DB_IN_USE, DATA_DIR_UNWRITABLE, TLS_*; then everything is stopped again.
   */
  start(): Promise<WebAddress>
  /** Uploads checkpoint, leases go back, children end. Idempotent. */
  stop(): Promise<void>
  /** Reads the certificate's files again, for connections from now on. Throws TLS_*; the old one is kept then. */
  reloadCertificate(): Promise<void>
}

export function createWebHost(options: WebHostOptions): WebHost {
  /** What was opened, in order; closed the other way round. */
  const opened: (() => Promise<void>)[] = []
  let stopped: Promise<void> | undefined
  let door: WebDoor | undefined

  const stop = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }

  return {
    async start() {
      try {
        return await startAll(options, opened, (made) => {
          door = made
        })
      } catch (error) {
        await stop()
        throw error
      }
    },
    stop: () => (stopped ??= stop()),
    reloadCertificate: async () => door?.reloadCertificate(),
  }
}

async function startAll(
  options: WebHostOptions,
  opened: (() => Promise<void>)[],
  onDoor: (door: WebDoor) => void,
): Promise<WebAddress> {
  const page = await loadPage(options.rendererDir)
  const studio = await openStudio(options)
  opened.push(() => studio.stop())
  const staging = await openStaging(options, studio)
  opened.push(staging.stop)
  const door = openDoor(options, page, studio, staging.area)
  onDoor(door)
  opened.push(() => door.close())
  const address = await door.open()
  const parts = createNodePipeline({ ...options, ffmpegPath: options.ffmpegPath ?? null })
  opened.push(() => parts.stop())
  if (options.onBroken !== undefined) parts.onBroken(options.onBroken)
  parts.onMoved((moved) => {
    studio.setEmbeddedGateway(moved)
  })
  await studio.start()
  studio.setEmbeddedGateway(await parts.start())
  return address
}

async function openStudio(options: WebHostOptions): Promise<Studio> {
  const { dataDir, outputDir, resourcesDir, version, locale, log, ffmpegPath } = options
  await ensureDir(dataDir, 0o700)
  const secrets = createSecretsFile(join(dataDir, 'secrets.json'))
  return createStudio({
    dataDir,
    outputDir,
    resourcesDir,
    version,
    locale,
    platform: createWebPlatform(secrets),
    log,
    ...(ffmpegPath === undefined ? {} : { ffmpegPath }),
  })
}

async function openStaging(
  { dataDir, log, limits }: WebHostOptions,
  studio: Studio,
): Promise<{ readonly area: StagingArea; readonly stop: () => Promise<void> }> {
  const dir = join(dataDir, 'staging')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const area = createStagingArea({
    dir,
    limits: limits ?? DEFAULT_LIMITS,
    register: (path, name) => studio.door.registerPath(path, { name }),
  })
  const sweeper = startSweeper({
    dir,
    clock: systemClock,
    log,
    pathsInUse: () => studio.door.pathsInUse(),
    forgetMissing: area.forgetMissing,
  })
  return { area, stop: sweeper.stop }
}

function openDoor(options: WebHostOptions, page: Page, studio: Studio, staging: StagingArea): WebDoor {
  return createWebDoor({
    ...options,
    page,
    staging,
    studio: { router: studio.router, resolveMedia: (handle) => studio.door.resolveMedia(handle) },
    clock: systemClock,
  })
}
