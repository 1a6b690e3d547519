import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fieldMedia } from '../../test/fakes/fieldWorker/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { createWorker } from './index.ts'
import type { Worker } from './index.ts'
import { createHeldEngine } from './testing/heldEngine.ts'
import type { HeldEngine } from './testing/heldEngine.ts'
import { startRealGateway } from '../../test/fakes/realGateway.ts'
import type { RealGateway } from '../../test/fakes/realGateway.ts'

const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })
/** Half a minute, and for a worker that stays out by itself ten. */
const SOON_MS = 100
const WAIT = { timeout: 20_000, interval: 20 }

describe('two machines with one copied data folder', () => {
  let dir = ''
  let at: RealGateway
  const workers: Worker[] = []

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-twins-'))
    at = await startRealGateway()
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop({ deadlineMs: 500 })))
    await at.dispose()
    await rm(dir, { recursive: true, force: true })
  })

  /** Resolves when it is in. It comes back as soon as an older version would: the gateway alone keeps it out. */
  async function start(name: string, { engine }: Pick<HeldEngine, 'engine'>): Promise<Worker> {
    const worker = createWorker({
      ...{ dataDir: join(dir, name), gatewayUrl: at.url, workerSecret: at.workerSecret, slots: 1, log },
      ...{ engine, ffmpegPath: null },
      reconnect: {
        policy: { baseMs: SOON_MS, factor: 1, capMs: SOON_MS },
        ...{ fastMs: SOON_MS, restartMs: SOON_MS, refusedMs: SOON_MS, replacedMs: SOON_MS },
      },
    })
    workers.push(worker)
    await worker.start()
    await vi.waitFor(() => {
      expect(worker.state.kind).toBe('registered')
    }, WAIT)
    return worker
  }

  it('do not take each other’s tasks in turns: the newer stays, the older stays out and says why', async () => {
    const [older, newer] = [createHeldEngine(), createHeldEngine()]
    await (await start('one', older)).stop()
    await cp(join(dir, 'one'), join(dir, 'two'), { recursive: true })
    const first = await start('one', older)
    const refusals: string[] = []
    first.onState((state) => {
      if (state.kind === 'refused') refusals.push(state.error.code)
    })
    const second = await start('two', newer)
    const { voice, avatar } = await fieldMedia()
    const taskId = await at.submit(voice, avatar)
    await vi.waitFor(() => {
      expect(newer.runs).toHaveLength(1)
      expect(refusals.length).toBeGreaterThanOrEqual(4)
    }, WAIT)
    newer.finish((await fieldMedia()).result)
    expect(await at.until(taskId, 'succeeded')).toMatchObject({ attempts: 1 })
    expect([second.state.kind, new Set(refusals), older.runs]).toEqual(['registered', new Set(['WORKER_REPLACED']), []])
  })
})
