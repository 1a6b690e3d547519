import { join, resolve } from 'node:path'
import { createGateway, loadCredentials } from '../../gateway/index.ts'
import { createLogger, defaultDataDir, ensureDir } from '../../shared/node/index.ts'
import { AppError } from '../../shared/index.ts'
import { text } from '../command.ts'
import type { Command } from '../command.ts'
import { printJson } from '../io.ts'
import { runUntilStopped } from '../lifetime.ts'
import { parsePort } from '../values.ts'
import { VERSION } from '../version.ts'

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

export const gatewayCommand: Command = {
  name: 'gateway',
  summary: 'Runs a gateway: file pool, task queue, and the doors for apps and workers.',
  options: {
    port: { type: 'string', value: 'N', help: 'port to listen on, 0 for any free one (9501)' },
    host: { type: 'string', value: 'ADDRESS', help: 'address to listen on (127.0.0.1)' },
    data: { type: 'string', value: 'DIR', help: 'data folder (the app’s own, /gateway)' },
    'allow-plain': { type: 'boolean', help: 'listen beyond this machine without TLS' },
  },
  notes: [
    'The first start makes DIR/credentials.json (only its owner can read it): license_key for apps, worker_secret for',
    'workers, admin_token for operators. DHS_LICENSE_KEY, DHS_WORKER_SECRET and DHS_ADMIN_TOKEN override them.',
  ],
  examples: ['dhs gateway', 'dhs gateway --port 0 --data /srv/dhs --json'],
  async run(options, io) {
    const json = options['json'] === true
    const host = text(options, 'host') ?? '127.0.0.1'
    if (!LOOPBACK.has(host) && options['allow-plain'] !== true) {
      throw new AppError('PLAIN_BIND_REFUSED', { data: { host } })
    }
    const dataDir = resolve(text(options, 'data') ?? join(defaultDataDir(), 'gateway'))
    await ensureDir(dataDir, 0o700)
    const credentials = await loadCredentials(dataDir, io.env)
    const log = createLogger({ name: 'gateway', destination: 'stderr', pretty: io.isTty })
    const gateway = createGateway({
      dataDir,
      host,
      port: parsePort(text(options, 'port') ?? '9501'),
      credentials,
      version: VERSION,
      log,
    })
    const { url, dspUrl } = await gateway.start()
    const ready = { event: 'ready', role: 'gateway', url, dsp: dspUrl, data: dataDir, pid: process.pid }
    if (json) printJson(io, ready)
    else io.out(`Gateway ready at ${url}\n  workers connect to  ${dspUrl}\n  data and keys       ${dataDir}\n`)
    if (!LOOPBACK.has(host)) io.err('dhs: keys and files travel unencrypted to and from this gateway (--allow-plain)\n')
    return runUntilStopped(() => gateway.stop())
  },
}
