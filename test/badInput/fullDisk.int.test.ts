import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { isStage, killAll } from '../cli/dhs.ts'
import { startGateway, startWorker } from '../cli/servers.ts'
import { compose, leftBeside, leftInPool } from './compose.ts'
import { mountSmallDisk } from './smallDisk.ts'

const MIB = 1024 ** 2
/** What the gateway keeps free for its database. */
const LOW_DISK_BYTES = 2 * 1024 * MIB

/** Mostly waiting for the next look, on servers of their own: side by side. */
describe.concurrent('a disk that is full', { timeout: 180_000 }, () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-pool-disk-'))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })

  it('at the gateway: says so, takes nothing, and goes on by itself when there is room', async (context) => {
    const disk = await mountSmallDisk(join(root, 'disk'), LOW_DISK_BYTES + 32 * MIB)
    if (disk === undefined) skip(context)
    const gateway = await startGateway(join(disk.dir, 'gateway'))
    try {
      await disk.fill(40 * MIB)
      const out = join(root, 'x.mp4')
      const run = compose({ out, gateway })
      const blocked = await run.until((event) => event['blocked'] === 'DISK_FULL')
      expect(blocked).toMatchObject({ stage: 'upload', message: expect.stringMatching(/full.+gateway/) as string })
      expect(run.events.some((event) => Number(event['progress']) > 0 && event['stage'] === 'upload')).toBe(false)
      expect(await leftInPool(gateway.dataDir)).toEqual([])
      await disk.free()
      expect(await run.until(isStage('queued'))).toMatchObject({ task_id: expect.stringMatching(/^t_/) as string })
      run.send('SIGINT')
      expect((await run.ended).code).toBe(130)
      expect(await leftBeside(out)).toEqual([])
      gateway.run.send('SIGTERM')
      expect((await gateway.run.ended).code).toBe(0)
    } finally {
      await gateway.run.kill()
      disk.unmount()
    }
  })

  it('at the output: says so, waits, and goes on by itself when there is room', async (context) => {
    const disk = await mountSmallDisk(join(root, 'small'), 20 * 1024 ** 2)
    if (disk === undefined) skip(context)
    const gateway = await startGateway(join(root, 'gateway'))
    await startWorker(gateway, join(root, 'worker'))
    await disk.fill()
    const out = join(disk.dir, 'x.mp4')
    const run = compose({ out, gateway })
    try {
      const blocked = await run.until((event) => event['blocked'] === 'DISK_FULL')
      expect(blocked).toMatchObject({ stage: 'download', message: expect.stringMatching(/full.+small/) as string })
      expect(await leftBeside(out)).toEqual([])
      await disk.free()
      expect(await run.ended).toMatchObject({ code: 0, last: { event: 'done', out } })
    } finally {
      await run.kill()
      disk.unmount()
    }
  })
})

function skip(context: TestContext): never {
  console.log('skipped, a small disk cannot be mounted here: needs root')
  context.skip('tmpfs cannot be mounted here')
}
