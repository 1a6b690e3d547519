import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { isStage, killAll } from '../cli/dhs.ts'
import type { Dhs, DhsEvent } from '../cli/dhs.ts'
import { startGateway } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose, leftBeside, leftInPool } from './compose.ts'
import { put, wav } from './files.ts'

/** Far less than the time a stop takes that waits for something. */
const AT_ONCE_MS = 1_500

const statusSchema = z.object({ data: z.object({ state: z.string() }) })

describe('stopped from outside', () => {
  let root: string
  let gateway: GatewayRun
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-stops-'))
    gateway = await startGateway(join(root, 'gateway'))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })
  const stateAtGateway = async ({ task_id }: DhsEvent): Promise<string> => {
    const answer = await fetch(`${gateway.url}/api/heygem/task/status?task_id=${String(task_id)}`, {
      headers: { authorization: `Bearer ${gateway.licenseKey}` },
    })
    return statusSchema.parse(await answer.json()).data.state
  }

  it('compose with --data pauses at SIGTERM, and the same command goes on with the same task', async () => {
    const out = join(root, 'paused.mp4')
    const start = () => compose({ out, gateway, more: ['--data', join(root, 'data')] })
    const first = start()
    const task = await first.until(isStage('queued'))
    first.send('SIGTERM')
    expect(await first.ended).toMatchObject({
      code: 143,
      last: { code: 'TASK_PAUSED', message: expect.stringContaining('goes on') as string },
    })
    expect(await stateAtGateway(task)).toBe('queued')
    const second = start()
    expect(await second.until(isStage('queued'))).toMatchObject({ task_id: task['task_id'] })
    second.send('SIGINT')
    expect((await second.ended).code).toBe(130)
    expect(await leftBeside(out)).toEqual([])
  })

  it('compose without --data cancels at SIGTERM', async () => {
    const out = join(root, 'cancelled.mp4')
    const run = compose({ out, gateway })
    const task = await run.until(isStage('queued'))
    run.send('SIGTERM')
    expect(await run.ended).toMatchObject({ code: 143, last: { event: 'error', code: 'TASK_CANCELLED' } })
    expect(await stateAtGateway(task)).toBe('cancelled')
    expect(await leftBeside(out)).toEqual([])
  })

  it('compose that waits for its cancel to be heard ends at once at a second SIGTERM', async () => {
    const out = join(root, 'twice.mp4')
    const run = compose({ out, gateway })
    await run.until(isStage('queued'))
    // A gateway that stands still: nobody answers the cancel, and the first signal alone waits seconds for it.
    gateway.run.send('SIGSTOP')
    try {
      await expectAtOnceAtSecond(run, 143)
    } finally {
      gateway.run.send('SIGCONT')
    }
    expect(await leftBeside(out)).toEqual([])
  })

  it('a gateway with an open upload: ends at once at a second SIGTERM, and keeps what arrived', async () => {
    const dataDir = join(root, 'second')
    const start = (port?: number) => startGateway(dataDir, port)
    const first = await start()
    const audio = await put(root, 'slow.wav', wav({ frames: 16_000 * 60, amplitude: 0.15 }))
    const run = compose({ audio, out: join(root, 'slow.mp4'), gateway: first, more: ['--limit-rate', '400K'] })
    await run.until((event) => isStage('upload')(event) && Number(event['progress']) > 0.5)
    await expectAtOnceAtSecond(first.run, 130)
    await start(first.port)
    const resumed = await run.until((event) => 'resumed_from' in event)
    expect(Number(resumed['resumed_from'])).toBeGreaterThan(0)
    await run.until(isStage('queued'))
    expect(await leftInPool(dataDir)).toEqual([])
    run.send('SIGINT')
    expect((await run.ended).code).toBe(130)
  })
})

/** The first SIGTERM alone would take a while; the second ends it. */
async function expectAtOnceAtSecond(run: Dhs, code: number): Promise<void> {
  let hasEnded = false
  void run.ended.then(() => (hasEnded = true))
  run.send('SIGTERM')
  const endsByItself = vi.waitUntil(() => hasEnded, { timeout: AT_ONCE_MS })
  await expect(endsByItself).rejects.toThrow()
  const startedAt = performance.now()
  run.send('SIGTERM')
  expect((await run.ended).code).toBe(code)
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS)
}
