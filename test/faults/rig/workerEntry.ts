// A real worker, with an engine that is quick and keeps a ledger, as a child of the fault campaign.
import { createLogger } from '../../../src/shared/node/index.ts'
import { createWorker } from '../../../src/worker/index.ts'
import { openLedger } from '../auditor/ledger.ts'
import { workerStartSchema } from './messages.ts'
import { createScaledClock } from './scaledClock.ts'
import { serveParent } from './serveParent.ts'
import { createTestEngine } from './testEngine.ts'
import { installWireNotes } from './wireNotes.ts'

serveParent(async (given, { plan, report }) => {
  const { dataDir, gatewayUrl, workerSecret, slots, name, logFile, outputPath, ledgerPath, ...options } =
    workerStartSchema.parse(given)
  const clock = createScaledClock(options.clock)
  plan.arm(options.faults)
  const log = createLogger({ name: 'worker', level: 'info', destination: logFile })
  const ledger = openLedger<'worker'>(ledgerPath)
  installWireNotes(name, ledger)
  const { ffmpegPath } = options
  const engine = ffmpegPath === null ? createTestEngine({ worker: name, outputPath, ledger }) : 'preview'
  const worker = createWorker({
    ...{ dataDir, gatewayUrl, workerSecret, slots, name, log, clock, engine },
    ffmpegPath,
  })
  worker.onState((state) => report({ type: 'state', kind: state.kind }))
  await worker.start()
  return {
    started: { type: 'started', url: '', dspUrl: '', port: 0 },
    stop: async () => {
      await worker.stop()
      ledger.close()
      log.close()
    },
    skew: (skewMs) => {
      clock.skew(skewMs)
    },
  }
})
