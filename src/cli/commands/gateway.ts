import { join, resolve } from 'node:path'
import type { Gateway, GatewayAddress } from '../../gateway/index.ts'
import { createLogger, defaultDataDir, ensureDir } from '../../shared/node/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { Command } from '../command.ts'
import { text } from '../command.ts'
import { FIELD_OPTIONS, readField } from '../gateway/field.ts'
import { POWER_OPTIONS, readPower } from '../gateway/power.ts'
import { plainWarning, REACH_OPTIONS, readReach } from '../gateway/reach.ts'
import { readWatch, WATCH_OPTIONS } from '../gateway/watch.ts'
import { dataFolderWarning } from '../dataFolder.ts'
import { languageOf, printJson } from '../io.ts'
import type { Io } from '../io.ts'
import { runUntilStopped } from '../lifetime.ts'
import { LOG_LEVEL_OPTION, parseLogLevel, parsePort } from '../values.ts'
import { VERSION } from '../version.ts'

export const gatewayCommand: Command = {
  name: 'gateway',
  summary: 'Runs a gateway: file pool, task queue, and the doors for apps and workers.',
  options: {
    port: { type: 'string', value: 'N', help: 'port to listen on, 0 for any free one (9501)' },
    data: { type: 'string', value: 'DIR', help: 'data folder (the app’s own, /gateway)' },
    ...REACH_OPTIONS,
    ...WATCH_OPTIONS,
    ...POWER_OPTIONS,
    ...FIELD_OPTIONS,
    'log-level': LOG_LEVEL_OPTION,
  },
  notes: [
    'The first start makes DIR/credentials.json (only its owner can read it): license_key for apps, worker_secret for',
    'workers, admin_token for operators. DHS_LICENSE_KEY, DHS_WORKER_SECRET and DHS_ADMIN_TOKEN override them.',
    'SIGHUP reads certificate and key again; open connections go on.',
    'GET /metrics is for Prometheus, with the admin token or the one of --metrics-token-file (or DHS_METRICS_TOKEN).',
    'The power hook is called with “on” when work waits and no GPU server is there; DHS_POWER_COMMAND, DHS_POWER_URL and',
    'DHS_POWER_SECRET_FILE stand for its options.',
    'Field workers prove themselves by the worker secret or DHS_FIELD_TOKEN; their files go to HEYGEM_SERVER_URL (with',
    'HEYGEM_SERVER_SECRET), or to the address that the settings file has for each.',
  ],
  examples: [
    'dhs gateway',
    'dhs gateway --port 0 --data /srv/dhs --json',
    'dhs gateway --host 0.0.0.0 --tls-cert fullchain.pem --tls-key privkey.pem --data /srv/dhs',
  ],
  async run(options, io) {
    const json = options['json'] === true
    const reach = readReach(options)
    const dataDir = resolve(text(options, 'data') ?? join(defaultDataDir(), 'gateway'))
    const level = parseLogLevel(text(options, 'log-level'))
    const watch = await readWatch(options, io)
    const power = await readPower(options, io)
    const fieldWorkers = await readField(options, io)
    await ensureDir(dataDir, 0o700)
    // Beside JSON they go to the log, which is English.
    const language = json ? 'en' : languageOf(io)
    const warnings = [plainWarning(reach, language), await dataFolderWarning(dataDir)].filter(
      (one) => one !== undefined,
    )
    const log = createLogger({ name: 'gateway', destination: 'stderr', pretty: io.isTty && !json, level })
    const { createGateway, loadCredentials } = await import('../../gateway/index.ts')
    const gateway = createGateway({
      ...reach,
      dataDir,
      port: parsePort(text(options, 'port') ?? '9501'),
      credentials: { ...(await loadCredentials(dataDir, io.env)), ...watch.credentials },
      ...(watch.tenants === undefined ? {} : { metricsTenants: watch.tenants }),
      ...(power === undefined ? {} : { power }),
      ...(fieldWorkers === undefined ? {} : { fieldWorkers }),
      version: VERSION,
      log,
    })
    const address = await gateway.start()
    return runUntilStopped(() => gateway.stop(), {
      onReady: () => {
        tellReady(io, json, address, dataDir)
        // Beside JSON on stdout, stderr is the log: JSON lines too.
        for (const warning of warnings) {
          if (json) log.warn(warning)
          else io.err(`dhs: ${warning}\n`)
        }
      },
      // A service manager asks for a reload whatever the options; a terminal that closes ends what runs in it.
      ...(reach.tls === undefined && io.isTty ? {} : { onHangUp: reloaderOf(gateway, log, json ? io : undefined) }),
    })
  },
}

function tellReady(io: Io, json: boolean, { url, dspUrl }: GatewayAddress, dataDir: string): void {
  if (json) printJson(io, { event: 'ready', role: 'gateway', url, dsp: dspUrl, data: dataDir, pid: process.pid })
  else if (languageOf(io) === 'zh-CN')
    io.out(`网关已就绪：${url}\n  执行端连接到  ${dspUrl}\n  数据与密钥    ${dataDir}\n`)
  else io.out(`Gateway ready at ${url}\n  workers connect to  ${dspUrl}\n  data and keys       ${dataDir}\n`)
}

/** A certificate that cannot be used is told; the one before it stays. */
function reloaderOf(gateway: Gateway, log: Logger, told: Io | undefined): () => void {
  const reload = async (): Promise<void> => {
    try {
      await gateway.reloadCertificate()
      if (told !== undefined) printJson(told, { event: 'reloaded', role: 'gateway' })
    } catch (error) {
      log.error('the certificate could not be read again; the one before it stays', { error })
    }
  }
  return () => void reload()
}
