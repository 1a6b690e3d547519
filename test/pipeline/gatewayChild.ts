// A gateway as a process of its own, so that a test can kill it the hard way. Told by argv-free JSON on stdin.
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { createGateway } from '../../src/gateway/index.ts'
import { createLogger } from '../../src/shared/node/index.ts'

const startSchema = z.object({
  dataDir: z.string(),
  port: z.number(),
  credentials: z.object({ licenseKey: z.string(), workerSecret: z.string(), adminToken: z.string() }),
})

const { dataDir, port, credentials } = startSchema.parse(JSON.parse(await text(process.stdin)))
const log = createLogger({ name: 'gateway', level: 'silent', destination: 'stderr' })
const gateway = createGateway({ dataDir, host: '127.0.0.1', port, credentials, version: '0.0.0', log })
process.stdout.write(`${JSON.stringify(await gateway.start())}\n`)
