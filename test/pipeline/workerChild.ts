// A worker in a process of its own, for tests that kill it. Reads its options as JSON from standard input.
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { createLogger } from '../../src/shared/node/index.ts'
import { createWorker } from '../../src/worker/index.ts'

const options = z
  .object({ dataDir: z.string(), gatewayUrl: z.string(), workerSecret: z.string() })
  .parse(JSON.parse(await text(process.stdin)))
const log = createLogger({ name: 'worker', destination: 'stderr', level: 'silent' })
const worker = createWorker({ ...options, slots: 1, engine: 'preview', log, ffmpegPath: null })
await worker.start()
