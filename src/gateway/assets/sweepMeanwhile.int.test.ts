import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS, installFaultPoints } from '../../shared/index.ts'
import { makeDataDir, removeDataDir } from '../pool/testing/openPool.ts'
import type { Assets, StoredAsset } from './index.ts'
import { openAssets } from './testing/openAssets.ts'
import type { OpenAssets } from './testing/openAssets.ts'

const MINE = 't-mine'
const NEVER = new AbortController().signal

let dataDir: string
let at: OpenAssets
let assets: Assets
let keptMs: number | null
beforeEach(async () => {
  keptMs = 30 * DAY_MS
  dataDir = await makeDataDir()
  at = await openAssets(dataDir, [], () => keptMs)
  assets = await at.openAssets()
})
afterEach(async () => {
  installFaultPoints(undefined)
  assets.stop()
  await at.close()
  await removeDataDir(dataDir)
})

async function keep(name: string): Promise<StoredAsset> {
  const file = await at.bring(MINE, name)
  const { asset } = await assets.add(MINE, { kind: 'voice', name, isNamed: true, file })
  // In the order they came.
  at.clock.advance(1)
  return asset
}

async function names(): Promise<readonly string[]> {
  return (await assets.list(MINE, { limit: 50 })).assets.map(({ name }) => name).toSorted()
}

/** Once, while the file of the first asset goes. */
function whileFirstGoes(what: () => void): void {
  installFaultPoints((point) => {
    if (point !== 'sweep.before_unlink') return
    installFaultPoints(undefined)
    what()
  })
}

describe('an asset that a round found to be unused for long', () => {
  it('stays when it is kept again while others go, and is the same asset', async () => {
    await keep('one')
    const two = await keep('two')
    at.clock.advance(31 * DAY_MS)
    const again: ReturnType<Assets['add']>[] = []
    whileFirstGoes(() => {
      again.push(assets.add(MINE, { kind: 'voice', name: 'two', isNamed: true, file: two.file }))
    })
    await assets.sweep(NEVER)
    expect(await Promise.all(again)).toMatchObject([{ asset: { id: two.id }, isExisting: true }])
    expect(await names()).toEqual(['two'])
    expect(at.pool.has(MINE, two.file)).toBe(true)
  })

  it('stays when a task uses it, also before that is written down', async () => {
    const one = await keep('one')
    at.clock.advance(31 * DAY_MS)
    await at.submit(MINE, one.file)
    await assets.sweep(NEVER)
    expect(await names()).toEqual(['one'])
  })

  it.each([
    ['for ever', null],
    ['for longer', 365 * DAY_MS],
  ])('stays when an operator has assets kept %s', async (_, newKeptMs) => {
    for (const name of ['one', 'two', 'three']) await keep(name)
    at.clock.advance(31 * DAY_MS)
    whileFirstGoes(() => {
      keptMs = newKeptMs
    })
    await assets.sweep(NEVER)
    expect(await names()).toEqual(['three', 'two'])
  })

  it('is none that only looks unused since the clock leapt on the way, nor are deletions forgotten for it', async () => {
    const { id } = await keep('one')
    at.clock.advance(31 * DAY_MS)
    await keep('two')
    whileFirstGoes(() => {
      at.clock.jumpWall(3_650 * DAY_MS)
    })
    await assets.sweep(NEVER)
    expect(await names()).toEqual(['two'])
    expect(await assets.remove(MINE, id, 0)).toMatchObject({ isComplete: true })
  })

  it('stays for the next start when the gateway stops', async () => {
    for (const name of ['one', 'two', 'three']) await keep(name)
    at.clock.advance(31 * DAY_MS)
    const stopping = new AbortController()
    whileFirstGoes(() => {
      stopping.abort()
    })
    await assets.sweep(stopping.signal)
    expect(await names()).toEqual(['three', 'two'])
  })
})
