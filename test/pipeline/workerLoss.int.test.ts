import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeVoice } from './media.ts'
import { AVATAR, createRig, OPTIONS, until, untilEnd } from './rig.ts'
import type { Rig } from './rig.ts'

describe('a worker that is killed in the middle of a run', () => {
  let rig: Rig
  beforeEach(async () => {
    rig = await createRig()
  })
  afterEach(async () => {
    await rig.close()
  })

  it('gets its task again as soon as it is back, long before the lease would have run out', async () => {
    const gateway = await rig.startGateway()
    const worker = await rig.spawnWorker(gateway)
    const voicePath = await makeVoice(join(rig.root, 'long.wav'), 20)
    const studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
    const options = { ...OPTIONS, loop: 'pingpong' } as const
    const { id } = await studio.api.create({ avatarPath: AVATAR, voicePath, options })
    await until(studio, id, (record) => record.phase === 'running')
    await worker.kill()

    await rig.startWorker(gateway)
    const backAt = performance.now()
    await until(studio, id, (record) => record.phase === 'waiting')
    await until(studio, id, (record) => record.phase === 'running')
    // The lease lives for two minutes; a loaded machine gets a share of them.
    expect(performance.now() - backAt).toBeLessThan(20_000)
    expect(await untilEnd(studio, id)).toMatchObject({ phase: 'done', error: null })
    expect(await readdir(rig.outputDir)).toHaveLength(1)
  })
})
