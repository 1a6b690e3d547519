import { app } from 'electron'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { createLogger, systemClock } from '../../shared/node/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { createLinkRouter, LINK_SCHEME } from '../links/index.ts'
import { lockNavigation } from '../windows/index.ts'
import { startDesktop } from './desktop.ts'
import type { Desktop } from './desktop.ts'
import type { Places } from './places.ts'
import { createQuit } from './quit.ts'

/** What a second instance tells the first, which its argv would not survive unchanged. */
const secondInstanceSchema = z.object({ link: z.string().nullable() })

export type SecondInstance = z.infer<typeof secondInstanceSchema>

/** The life of the first instance, from before ready to its exit. */
export function runApp(places: Places, firstLink: string | null): void {
  const logger = openLog(places)
  const log = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    logger.info(event, fields)
  }
  let desktop: Desktop | undefined
  const show = async (place?: string): Promise<void> =>
    place === undefined ? desktop?.window.open() : desktop?.window.show(place)
  const links = createLinkRouter({
    show,
    askToConnect: async (host) => (await desktop?.dialogs.askToConnect(host)) ?? false,
    clock: systemClock,
    log,
  })
  const open = (link: string | null): void => {
    if (link !== null) links.follow(link)
    else show().catch((error: unknown) => log('window.failed', { error }))
  }

  lockNavigation(log)
  takeLinks((link) => {
    links.follow(link)
  })
  app.on('second-instance', (_event, _argv, _cwd, data) => {
    open(secondInstanceSchema.safeParse(data).data?.link ?? null)
  })
  app.on('activate', () => {
    open(null)
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  const exit = (): void => {
    app.exit(0)
  }
  const stop = async (): Promise<void> => {
    await desktop?.stop()
    logger.close()
  }
  app.on('before-quit', createQuit({ stop, exit, clock: systemClock, log }))

  const begin = async (): Promise<void> => {
    await app.whenReady()
    desktop = startDesktop(places, log)
    await desktop.window.open()
    if (firstLink !== null) links.follow(firstLink)
    links.begin()
  }
  begin().catch((error: unknown) => {
    logger.error('app.failed', { error })
    app.exit(1)
  })
}

/** Links of the system: registered with a separator, so that what a link holds is never taken for a switch. */
function takeLinks(follow: (link: string) => void): void {
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME, process.execPath, ['--'])
  app.on('open-url', (event, url) => {
    event.preventDefault()
    follow(url)
  })
}

/** Without a writable folder the log goes to stderr, and the parts say themselves what is wrong with the folder. */
function openLog({ dataDir }: Places): Logger {
  const dir = join(dataDir, 'logs')
  try {
    mkdirSync(dir, { recursive: true })
    return createLogger({ name: 'main', destination: join(dir, 'main.log') })
  } catch {
    return createLogger({ name: 'main', destination: 'stderr' })
  }
}
