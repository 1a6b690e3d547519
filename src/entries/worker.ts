import { join } from 'node:path'
import { createLogger, ensureDir } from '../shared/node/index.ts'
import { createWorker } from '../worker/index.ts'
import { runPart } from './runPart.ts'

runPart('worker', async ({ dataDir, gatewayUrl, workerSecret, slots, engine, ffmpegPath }) => {
  await ensureDir(dataDir, 0o700)
  const worker = createWorker({
    dataDir,
    gatewayUrl,
    workerSecret,
    slots,
    engine,
    ffmpegPath,
    log: createLogger({ name: 'worker', destination: join(dataDir, 'worker.log') }),
  })
  await worker.start()
  return { stop: () => worker.stop() }
})
