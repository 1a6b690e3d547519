import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fieldMedia } from '../../test/fakes/fieldWorker/index.ts'
import { startRealGateway } from '../../test/fakes/realGateway.ts'
import type { RealGateway } from '../../test/fakes/realGateway.ts'
import { createLogger } from '../shared/node/index.ts'
import { createWorker } from './index.ts'
import type { Engine, Worker } from './index.ts'

const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })

describe('two workers of which one engine can do more', () => {
  const workers: Worker[] = []
  let dir = ''
  let at: RealGateway

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-options-'))
    at = await startRealGateway()
  })
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop({ deadlineMs: 500 })
    await at.dispose()
    await rm(dir, { recursive: true, force: true })
  })

  async function start(name: string, features: readonly string[]): Promise<void> {
    const { result } = await fieldMedia()
    const engine: Engine = {
      ...{ name, features, lipSync: false },
      probe: async () => ({ ready: true, version: '1' }),
      run: async ({ workDir }) => {
        const outputPath = join(workDir, 'out.mp4')
        await writeFile(outputPath, result)
        return { outputPath }
      },
    }
    const worker = createWorker({
      ...{ dataDir: join(dir, name), gatewayUrl: at.url, workerSecret: at.workerSecret, slots: 1, log },
      ...{ engine, ffmpegPath: null },
    })
    workers.push(worker)
    await worker.start()
    await vi.waitFor(() => {
      expect(worker.state.kind).toBe('registered')
    })
  }

  it('each gets the tasks it can do, and each task has one try', async () => {
    const { voice, avatar } = await fieldMedia()
    await start('plain', ['loop'])
    await start('badge', ['ai_badge'])
    const hopeless = await at.submit(voice, avatar, { loop: 'pingpong', ai_badge: true })
    const ids = await Promise.all([
      at.submit(voice, avatar, { ai_badge: true, name: 'one' }),
      at.submit(voice, avatar, { loop: 'pingpong', name: 'two' }),
      at.submit(voice, avatar, { ai_badge: true, name: 'three' }),
    ])
    const tasks = await Promise.all(ids.map((id) => at.until(id, 'succeeded')))
    expect(tasks.map(({ engine, attempts }) => [engine, attempts])).toEqual([
      ['badge', 1],
      ['plain', 1],
      ['badge', 1],
    ])
    expect(await at.until(hopeless, 'failed')).toMatchObject({
      ...{ error_code: 'OPTION_UNSUPPORTED' },
      error_data: { option: expect.stringMatching(/^(loop|ai_badge)$/) as string },
    })
  })
})
