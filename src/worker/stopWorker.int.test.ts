import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { createLogger, systemClock } from '../shared/node/index.ts'
import { openWorker } from './openWorker.ts'
import { stopWorker } from './stopWorker.ts'
import { createHeldEngine } from './testing/heldEngine.ts'
import { startScriptedGateway, WORKER_SECRET } from './testing/scriptedGateway.ts'

const log = createLogger({ name: 'worker', level: 'silent', destination: 'stderr' })

it('a worker whose journal cannot be read any more is stopped all the same, and leaves no connection', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dhs-stop-'))
  const gateway = await startScriptedGateway()
  const { engine } = createHeldEngine()
  const states: string[] = []
  const parts = await openWorker({
    options: {
      ...{
        dataDir: dir,
        gatewayUrl: gateway.url,
        workerSecret: WORKER_SECRET,
        slots: 1,
        engine,
        ffmpegPath: null,
        log,
      },
    },
    ...{ engine, clock: systemClock, onDrain: () => undefined, isEnding: () => false },
    onLinkState: ({ kind }) => states.push(kind),
  })
  parts.link.start()
  await gateway.registered(1)
  await vi.waitFor(() => {
    expect(parts.link.isRegistered).toBe(true)
  })
  // A disk that fails looks like this to all who read or write.
  parts.db.close()
  expect(() => parts.journal.spooled()).toThrow()
  const hurry = new AbortController().signal
  await stopWorker(parts, { clock: systemClock, log, graceMs: 0, deadlineMs: 5_000, hurry })
  await vi.waitFor(() => {
    expect(gateway.connections).toBe(0)
  })
  expect(parts.link.isRegistered).toBe(false)
  await gateway.stop()
  await rm(dir, { recursive: true })
})
