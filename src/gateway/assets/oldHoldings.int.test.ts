import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { makeDataDir, removeDataDir } from '../pool/testing/openPool.ts'
import { Holdings } from './holdings.ts'
import type { Assets } from './index.ts'
import { LateWrites } from './lateWrites.ts'
import { openAssets } from './testing/openAssets.ts'
import type { OpenAssets } from './testing/openAssets.ts'

const MINE = 't-mine'
const WORKER = 'w-one'
const REMOVED = 'w-removed'
const LONG_MS = 61 * DAY_MS
const log = createLogger({ name: 'holdings-test', level: 'silent', destination: 'stderr' })

let dataDir: string
let at: OpenAssets
let assets: Assets
let holdings: Holdings
beforeEach(async () => {
  dataDir = await makeDataDir()
  at = await openAssets(dataDir, [WORKER])
  assets = await at.openAssets()
  holdings = new Holdings(at.db, new LateWrites(at.db, at.clock, log))
})
afterEach(async () => {
  assets.stop()
  await at.close()
  await removeDataDir(dataDir)
})

const sweep = () => assets.sweep(new AbortController().signal)

const contentOf = (number: number): string => number.toString(16).padStart(64, '0')

function note(worker: string, ...sha256s: readonly string[]): void {
  holdings.note(worker, sha256s, at.clock.now())
  holdings.workersOf('')
}

const noted = (): number => at.db.get<{ notes: number }>('SELECT count(*) AS notes FROM holding')?.notes ?? 0

describe('who was given what long ago', () => {
  it('is forgotten where nobody has the content, and not before', async () => {
    note(WORKER, contentOf(1))
    at.clock.advance(59 * DAY_MS)
    await sweep()
    expect(holdings.workersOf(contentOf(1))).toEqual([WORKER])
    // Given again: it counts from then on.
    note(WORKER, contentOf(1))
    at.clock.advance(59 * DAY_MS)
    await sweep()
    expect(holdings.workersOf(contentOf(1))).toEqual([WORKER])
    at.clock.advance(2 * DAY_MS)
    await sweep()
    expect(noted()).toBe(0)
  })

  it('is kept while a pool has the file, an asset keeps it or a task needs it', async () => {
    const inPool = await at.bring(MINE, 'a file in the pool')
    const kept = await at.bring(MINE, 'an asset')
    await assets.add(MINE, { kind: 'voice', name: 'Anna', isNamed: true, file: kept })
    const needed = { md5: '0'.repeat(32), sha256: contentOf(7), ext: '.wav', size: 1 } as const
    await at.submit(MINE, needed)
    const all = [inPool.sha256, kept.sha256, needed.sha256]
    note(WORKER, ...all)
    // Of the asset there is nothing but its row.
    await at.pool.discard(MINE, kept, 'expired')
    at.db.run('DELETE FROM pool_file WHERE sha256 = ?', kept.sha256)
    at.clock.advance(LONG_MS)
    await sweep()
    expect(all.map((sha256) => holdings.workersOf(sha256))).toEqual([[WORKER], [WORKER], [WORKER]])
  })

  it('is kept while its removal waits for the server, and is gone with it', async () => {
    const file = await at.bring(MINE, 'a voice')
    const { asset } = await assets.add(MINE, { kind: 'voice', name: 'Anna', isNamed: true, file })
    await at.submit(MINE, file)
    await (await at.run(WORKER))?.succeed()
    await assets.remove(MINE, asset.id, 0)
    at.clock.advance(LONG_MS)
    await sweep()
    expect(holdings.workersOf(file.sha256)).toEqual([WORKER])
    expect(await (await at.run(WORKER))?.succeed()).toBe('ok')
    expect(noted()).toBe(0)
  })

  it('is forgotten of a server that is not known any more, whoever has the content', async () => {
    const { sha256 } = await at.bring(MINE, 'a file in the pool')
    note(WORKER, sha256)
    note(REMOVED, sha256)
    at.clock.advance(LONG_MS)
    await sweep()
    expect(holdings.workersOf(sha256)).toEqual([WORKER])
  })

  it('is forgotten in rounds, each from where the last one ended, however much there is', async () => {
    const MANY = 9_000
    note(WORKER, ...Array.from({ length: MANY }, (_, index) => contentOf(index)))
    at.clock.advance(LONG_MS)
    await sweep()
    expect(noted()).toBe(MANY - 4_000)
    await sweep()
    await sweep()
    expect(noted()).toBe(0)
    note(WORKER, contentOf(1))
    at.clock.advance(LONG_MS)
    await sweep()
    expect(noted()).toBe(0)
  })
})
