import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { createGateway } from '../gateway/index.ts'
import { createLogger, ensureDir } from '../shared/node/index.ts'
import { runPart } from './runPart.ts'

runPart('gateway', async ({ dataDir, host, port, tenant, licenseKey, workerSecret, adminToken }) => {
  await ensureDir(dataDir, 0o700)
  const gateway = createGateway({
    dataDir,
    host,
    port,
    credentials: { licenseKey, workerSecret, adminToken, tenant },
    version: packageJson.version,
    // Embedded, a worker is started right after it.
    expectsWorker: true,
    log: createLogger({ name: 'gateway', destination: join(dataDir, 'gateway.log') }),
  })
  const address = await gateway.start()
  return { url: address.url, port: address.port, stop: () => gateway.stop() }
})
