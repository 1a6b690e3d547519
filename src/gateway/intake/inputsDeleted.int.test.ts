import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Assets, StoredAsset } from '../assets/index.ts'
import { openAssets } from '../assets/testing/openAssets.ts'
import type { OpenAssets } from '../assets/testing/openAssets.ts'
import { makeDataDir, removeDataDir } from '../pool/testing/openPool.ts'
import { runAgain } from './runAgain.ts'
import { submitTask } from './submitTask.ts'
import type { IntakeParts } from './submitTask.ts'

const MINE = 't-mine'

let dataDir: string
let at: OpenAssets
let assets: Assets
beforeEach(async () => {
  dataDir = await makeDataDir()
  at = await openAssets(dataDir)
  assets = await at.openAssets()
})
afterEach(async () => {
  assets.stop()
  await at.close()
  await removeDataDir(dataDir)
})

function parts(): IntakeParts {
  return { queue: at.queue, pool: at.pool, dispatcher: { kick: () => Promise.resolve() } }
}

async function keep(): Promise<StoredAsset> {
  const file = await at.bring(MINE, 'a voice')
  return (await assets.add(MINE, { kind: 'voice', name: 'Anna', isNamed: true, file })).asset
}

async function submit({ file }: StoredAsset) {
  const face = await at.bring(MINE, 'a face', '.mp4')
  const inputs = { audio_hash: file.md5, audio_ext: '.wav', video_hash: face.md5, video_ext: '.mp4' } as const
  return submitTask(parts(), MINE, inputs)
}

/** Deletes the asset when the next submit has found its files and is on its way to the store. */
function deleteAtNextSubmit({ id }: StoredAsset): () => Promise<unknown> {
  let deletion: Promise<unknown> | undefined
  at.queue.onArrival(() => {
    deletion ??= assets.remove(MINE, id, 0)
  })
  return () => deletion ?? Promise.reject(new Error('no submit came'))
}

describe('an asset that is deleted while a task with it is on its way in', () => {
  it('is missing to a submit, which is refused: no task is stored that could not run', async () => {
    const asset = await keep()
    const deletion = deleteAtNextSubmit(asset)
    await expect(submit(asset)).rejects.toMatchObject({ code: 'INPUT_MISSING', data: { missing: 'audio' } })
    expect(await deletion()).toMatchObject({ isComplete: true })
    expect((await at.queue.listAll({ limit: 10 })).tasks).toEqual([])
  })

  it('is missing to a task that is run again, too', async () => {
    const asset = await keep()
    const { task } = await submit(asset)
    await at.queue.cancel(MINE, task.id)
    const old = await at.queue.find(task.id)
    if (old === undefined) throw new Error('it was forgotten')
    const deletion = deleteAtNextSubmit(asset)
    await expect(runAgain(parts(), old)).rejects.toMatchObject({ code: 'INPUT_MISSING', data: { missing: 'audio' } })
    await deletion()
    expect((await at.queue.listAll({ limit: 10 })).tasks.map(({ id }) => id)).toEqual([task.id])
  })

  it('stays in the pool where the task was stored first', async () => {
    const asset = await keep()
    const { task } = await submit(asset)
    expect(await assets.remove(MINE, asset.id, 0)).toMatchObject({ isComplete: false })
    expect(at.pool.has(MINE, asset.file)).toBe(true)
    await at.queue.cancel(MINE, task.id)
    expect(await at.queue.find(task.id)).toMatchObject({ state: 'cancelled' })
  })
})
