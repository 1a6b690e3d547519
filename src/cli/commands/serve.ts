import { join, resolve } from 'node:path'
import { createLogger, defaultDataDir, defaultOutputDir, ensureDir } from '../../shared/node/index.ts'
import type { WebHost, WebHostOptions, WebReach } from '../../web/index.ts'
import { text } from '../command.ts'
import type { Command, OptionValues } from '../command.ts'
import { plainWarning, REACH_OPTIONS, readReach } from '../gateway/reach.ts'
import { errorEvent, languageOf, printJson } from '../io.ts'
import type { Io } from '../io.ts'
import { runUntilStopped } from '../lifetime.ts'
import { PLACES } from '../places.ts'
import { LOG_LEVEL_OPTION, parseLogLevel, parsePort } from '../values.ts'
import { VERSION } from '../version.ts'

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Runs the app in a browser, with a gateway and a worker of its own.',
  options: {
    port: { type: 'string', value: 'N', help: 'port to listen on, 0 for any free one (7860)' },
    data: { type: 'string', value: 'DIR', help: 'data folder (the app’s own)' },
    output: { type: 'string', value: 'DIR', help: 'folder for finished videos (Videos/Digital Human Studio)' },
    'no-open': { type: 'boolean', help: 'do not open the browser' },
    ...REACH_OPTIONS,
    'log-level': { ...LOG_LEVEL_OPTION, help: LOG_LEVEL_OPTION.help.replace('stderr', 'DIR/app.log') },
  },
  notes: [
    'The address holds a key made at each start: who opens it can use the app. Only this machine can reach it, unless',
    '--host or a proxy says otherwise. SIGHUP reads certificate and key again.',
  ],
  examples: [
    'dhs serve',
    'dhs serve --port 0 --no-open --data /srv/dhs --json',
    'dhs serve --host 0.0.0.0 --tls-cert fullchain.pem --tls-key privkey.pem --no-open',
    'dhs serve --trust-proxy --public-url https://studio.example --no-open',
  ],
  async run(options, io) {
    const json = options['json'] === true
    const reach = readReach(options)
    const dataDir = resolve(text(options, 'data') ?? defaultDataDir())
    await ensureDir(dataDir, 0o700)
    const { createWebHost, openInBrowser } = await import('../../web/index.ts')
    const host = createWebHost({ ...reach, ...hostOptions(options, io, dataDir) })
    const { url, ticketUrl } = await host.start()
    return runUntilStopped(() => host.stop(), {
      onReady: () => {
        if (json) printJson(io, { event: 'ready', role: 'serve', url, data: dataDir, pid: process.pid })
        else io.out(`Digital Human Studio 数字人工作室 is ready at\n\n  ${url}\n\nCtrl-C stops it.\n`)
        const warning = plainWarning(reach, languageOf(io))
        if (warning !== undefined) io.err(`dhs: ${warning}\n`)
        if (options['no-open'] !== true) void openInBrowser(ticketUrl)
      },
      ...(reach.tls === undefined ? {} : { onHangUp: () => void reload(host, io) }),
    })
  },
}

/** A certificate that cannot be used is told; the one before it stays. */
async function reload(host: Pick<WebHost, 'reloadCertificate'>, io: Io): Promise<void> {
  try {
    await host.reloadCertificate()
  } catch (error) {
    const { message } = errorEvent(error, languageOf(io))
    io.err(`dhs: the certificate could not be read again; the one before it stays: ${message}\n`)
  }
}

function hostOptions(options: OptionValues, io: Io, dataDir: string): Omit<WebHostOptions, keyof WebReach> {
  const ffmpegPath = io.env['DHS_FFMPEG']
  return {
    port: parsePort(text(options, 'port') ?? '7860'),
    dataDir,
    outputDir: resolve(text(options, 'output') ?? defaultOutputDir()),
    rendererDir: PLACES.page,
    resourcesDir: PLACES.resources,
    entries: PLACES.entries,
    version: VERSION,
    locale: languageOf(io),
    log: createLogger({
      name: 'app',
      destination: join(dataDir, 'app.log'),
      level: parseLogLevel(text(options, 'log-level')),
    }),
    ...(ffmpegPath === undefined || ffmpegPath === '' ? {} : { ffmpegPath }),
    onBroken: (error) => {
      const { message, hint } = errorEvent(error, languageOf(io))
      io.err(`dhs: ${message}\n     ${hint}\n`)
    },
  }
}
