import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeDataDir, removeDataDir } from '../pool/testing/openPool.ts'
import type { Assets } from './index.ts'
import { openAssets } from './testing/openAssets.ts'
import type { OpenAssets } from './testing/openAssets.ts'

const MINE = 't-mine'
const THEIRS = 't-theirs'
const WORKER = 'w-one'

let dataDir: string
let at: OpenAssets
let assets: Assets
beforeEach(async () => {
  dataDir = await makeDataDir()
  at = await openAssets(dataDir, [WORKER])
})
afterEach(async () => {
  assets.stop()
  await at.close()
  await removeDataDir(dataDir)
})

async function keep(tenant = MINE, text = 'a voice') {
  const file = await at.bring(tenant, text)
  return (await assets.add(tenant, { kind: 'voice', name: text, file })).asset
}

/** Servers a deletion is to reach, with the states of their tasks. */
async function removalsOf(id: string, tenant = MINE) {
  const deletion = await assets.remove(tenant, id, 0)
  return deletion?.removals.map(({ worker, task, isDone }) => [worker, task?.state, isDone])
}

describe('who holds what', () => {
  it('is known after a crash behind the accept, however many tasks came since', async () => {
    const file = await at.bring(MINE, 'a voice')
    await at.submit(MINE, file)
    const run = await at.run(WORKER)
    const other = await at.bring(MINE, 'another voice')
    for (let index = 0; index < 501; index++) await at.submit(MINE, other)
    assets = await at.openAssets()
    const { id } = (await assets.add(MINE, { kind: 'voice', name: 'Anna', file })).asset
    expect(await run?.succeed()).toBe('ok')
    expect(await removalsOf(id)).toEqual([[WORKER, 'queued', false]])
  })
})
