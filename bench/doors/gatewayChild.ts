// node gatewayChild.ts DATA_DIR: the gateway as it is, only with room for more sockets and requests than people need.
import { randomBytes } from 'node:crypto'
import { createGateway } from '../../src/gateway/index.ts'
import { createLogger } from '../../src/shared/node/index.ts'

const PLENTY = 1_000_000
const key = (prefix: string): string => `${prefix}_${randomBytes(32).toString('hex')}`

const credentials = { licenseKey: key('lk'), workerSecret: key('ws'), adminToken: key('at') }
const gateway = createGateway({
  ...{ dataDir: process.argv[2] ?? '', host: '127.0.0.1', port: 0, version: 'bench', credentials },
  log: createLogger({ name: 'gateway', destination: 'stderr', level: 'silent' }),
  limits: {
    ...{ submitsPerMinute: 100_000, submitBurst: PLENTY, requestsPerMinute: PLENTY },
    ...{ maxConnections: 10_000, maxWebSockets: 10_000, maxWebSocketsPerAddress: 10_000, messagesPerSecond: PLENTY },
    ...{ queuedPerTenant: 100_000, queuedInAll: 100_000 },
  },
  settings: { sockets_per_tenant: 1_000 },
})
const { url, dspUrl, port } = await gateway.start()
process.once('SIGTERM', () => void gateway.stop().then(() => process.exit(0)))
process.stdout.write(`${JSON.stringify({ url, dspUrl, port, ...credentials })}\n`)
