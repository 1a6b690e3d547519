import { app, Menu } from 'electron'
import { join } from 'node:path'
import { createEmbeddedPipeline } from '../../host/index.ts'
import { pickLanguage } from '../../protocol/errors/index.ts'
import { AppError } from '../../shared/index.ts'
import { systemClock } from '../../shared/node/index.ts'
import type { ProcessHostDeps } from '../../shared/node/index.ts'
import { createIpc, servePage } from '../ipc/index.ts'
import { placeOfRecord } from '../links/index.ts'
import { menuTemplate } from '../menu/index.ts'
import { createDialogs, createKeepAwake, createSecrets, secretsFileSchema, servePlatform } from '../platform/index.ts'
import type { Dialogs } from '../platform/index.ts'
import { childEnvironment, connectPage, createStudioProcess, utilityAdapter } from '../processes/index.ts'
import { serveApp } from '../protocol/index.ts'
import { lockSession } from '../session/index.ts'
import { jsonFile } from '../storage/index.ts'
import { createMainWindow, windowStateSchema } from '../windows/index.ts'
import type { MainWindow } from '../windows/index.ts'
import type { Places } from './places.ts'
import { createTroubles } from './troubles.ts'

export type Log = (event: string, fields: Readonly<Record<string, unknown>>) => void

export interface Desktop {
  readonly window: MainWindow
  readonly dialogs: Dialogs
  /** Studio first, so that uploads write their checkpoints while the gateway still answers. Idempotent. */
  stop(): Promise<void>
}

/** Builds the shell and starts what runs behind it; the app is ready. */
export function startDesktop(places: Places, log: Log): Desktop {
  const language = pickLanguage(app.getLocale())
  const hasDevTools = !app.isPackaged
  lockSession({ hasDevTools, log })
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({ platform: process.platform, language, hasDevTools })))
  const window = openableWindow(places, log)
  const dialogs = createDialogs({ language, window: () => window.current(), saveDir: places.outputDir })
  const parts = createParts(places, log, { window, dialogs })
  const ipc = createIpc({ clock: systemClock, log })
  servePage(ipc, {
    connect: (frame, id) => {
      connectPage(frame, id, { toStudio: (port) => parts.studio.connectPage(port) })
    },
    registerPath: async (path) => (await parts.studio.door.client().registerPath({ path })).handle,
  })
  serveApp({
    rendererDir: places.rendererDir,
    resolveMedia: (handle) => parts.studio.door.client().resolveMedia({ handle }),
    log,
  })
  const quit = (): void => {
    app.quit()
  }
  startParts(parts, createTroubles({ language, window: () => window.current(), quit }))
  return {
    window,
    dialogs,
    async stop() {
      ipc.close()
      window.current()?.hide()
      await parts.studio.stop()
      await parts.pipeline.stop()
    },
  }
}

function openableWindow(places: Places, log: Log): MainWindow {
  return createMainWindow({
    facts: {
      preload: places.preload,
      isPackaged: app.isPackaged,
      // macOS and Windows take the icon of the executable.
      icon: process.platform === 'linux' ? join(places.resourcesDir, 'icon.png') : undefined,
      title: 'Digital Human Studio',
    },
    store: jsonFile({
      path: join(places.dataDir, 'shell', 'window.json'),
      schema: windowStateSchema,
      onBad: (found) => {
        log('window.bounds.bad', found)
      },
    }),
    clock: systemClock,
    log,
  })
}

type Parts = ReturnType<typeof createParts>

function createParts(places: Places, log: Log, shell: Pick<Desktop, 'window' | 'dialogs'>) {
  const { dataDir, outputDir, resourcesDir, entries } = places
  const env = childEnvironment(process.env)
  const logLine: ProcessHostDeps['log'] = ({ event, ...fields }) => {
    log(event, fields)
  }
  const spawn = (name: 'gateway' | 'worker') =>
    utilityAdapter({ entry: entries[name], serviceName: `Digital Human Studio: ${name}`, env })
  const secrets = createSecrets({
    store: jsonFile({ path: join(dataDir, 'shell', 'secrets.json'), schema: secretsFileSchema }),
    platform: process.platform,
    log,
  })
  const keepAwake = createKeepAwake()
  const openRecord = (recordId: string): void => {
    shell.window.show(placeOfRecord(recordId)).catch((error: unknown) => {
      log('window.failed', { error })
    })
  }
  return {
    pipeline: createEmbeddedPipeline({
      dataDir,
      spawn: { gateway: spawn('gateway'), worker: spawn('worker') },
      engine: 'preview',
      slots: 1,
      ffmpegPath: null,
      clock: systemClock,
      log: logLine,
    }),
    studio: createStudioProcess({
      entry: entries.studio,
      env,
      config: { dataDir, outputDir, resourcesDir, appVersion: app.getVersion(), locale: app.getLocale() },
      servePlatform: (port) => {
        servePlatform(port, { dialogs: shell.dialogs, secrets, keepAwake, openRecord })
      },
      clock: systemClock,
      log: logLine,
    }),
  }
}

function startParts({ pipeline, studio }: Parts, tell: (error: AppError, again: () => void) => void): void {
  studio.host.onState(({ kind }) => {
    if (kind !== 'broken') return
    const crashed = new AppError('PROCESS_CRASHED', { data: { process: 'studio', times: 3 } })
    tell(studio.lastFailure() ?? crashed, () => studio.host.reset())
  })
  pipeline.onBroken((error) => {
    tell(error, () => pipeline.reset())
  })
  pipeline.onMoved((address) => {
    studio.setGateway(address)
  })
  const startPipeline = (): void => {
    pipeline.start().then(
      (address) => studio.setGateway(address),
      (error: unknown) => {
        // A broken one was told already, by its state.
        if (pipeline.state.gateway !== 'broken') tell(AppError.from(error), startPipeline)
      },
    )
  }
  studio.host.start()
  startPipeline()
}
