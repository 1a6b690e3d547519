import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fieldMedia } from '../../test/fakes/fieldWorker/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { createWorker } from './index.ts'
import type { Engine, Worker } from './index.ts'
import { startRealGateway } from '../../test/fakes/realGateway.ts'
import type { RealGateway } from '../../test/fakes/realGateway.ts'
import { startSlowLine } from './testing/slowLine.ts'
import type { SlowLine } from './testing/slowLine.ts'

const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })
const RECONNECT = {
  policy: { baseMs: 50, factor: 2, capMs: 200 },
  fastMs: 20,
  refusedMs: 100,
  restartMs: 20,
  replacedMs: 100,
}
const HEARTBEAT_MS = 400
/** Five minutes, and the two hours of an engine that tells nothing. */
const PROGRESS_MS = 2_000
const FILE_BYTES = 100_000
const QUEUE_TIMINGS = { progressMs: PROGRESS_MS, blindProgressMs: PROGRESS_MS, stallBackoffMs: 10 }

/** An empty box at the end: the same video, and as large as the others. */
function padded(video: Buffer): Buffer {
  const box = Buffer.alloc(FILE_BYTES - video.length)
  box.writeUInt32BE(box.length)
  box.write('free', 4)
  return Buffer.concat([video, box])
}

describe('a worker at the end of a slow line', () => {
  let dir = ''
  let at: RealGateway
  let line: SlowLine
  let worker: Worker
  /** When the run had its inputs. */
  let readyAtMs = 0

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-slow-'))
    line = await startSlowLine(() => at.url, FILE_BYTES / 3)
    at = await startRealGateway({
      allowedHosts: [new URL(line.url).host],
      timings: { heartbeatMs: HEARTBEAT_MS, reapEveryMs: 50 },
      queueTimings: QUEUE_TIMINGS,
    })
  })
  afterEach(async () => {
    await worker.stop({ deadlineMs: 500 })
    await line.stop()
    await at.dispose()
    await rm(dir, { recursive: true, force: true })
  })

  /** Has its video at once: all the time goes into bringing files. */
  async function start(): Promise<void> {
    const { result } = await fieldMedia()
    const engine: Engine = {
      ...{ name: 'quick', features: [], lipSync: false },
      probe: async () => ({ ready: true, version: '1' }),
      run: async ({ workDir, report }) => {
        readyAtMs = performance.now()
        report({ stage: 'encode', percent: 99, frame: null, totalFrames: null })
        const outputPath = join(workDir, 'out.mp4')
        await writeFile(outputPath, padded(result))
        return { outputPath }
      },
    }
    worker = createWorker({
      ...{ dataDir: join(dir, 'worker'), gatewayUrl: line.url, workerSecret: at.workerSecret, slots: 1, log },
      ...{ engine, ffmpegPath: null, reconnect: RECONNECT },
    })
    await worker.start()
  }

  it('brings inputs and result in one attempt, though each takes longer than a silent run may', async () => {
    await start()
    const { voice, avatar } = await fieldMedia()
    const taskId = await at.submit(voice, padded(avatar))
    const beganAtMs = performance.now()
    const task = await at.until(taskId, 'succeeded')
    const took = [readyAtMs - beganAtMs, performance.now() - readyAtMs]
    expect(Math.min(...took)).toBeGreaterThan(PROGRESS_MS + 2 * HEARTBEAT_MS)
    expect(task).toMatchObject({ attempts: 1, engine: 'quick' })
  })
})
