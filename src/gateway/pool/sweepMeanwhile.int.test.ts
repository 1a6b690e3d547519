import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PoolLimits } from './poolSettings.ts'
import { declare, filesOf, makeDataDir, openPool, removeDataDir } from './testing/openPool.ts'
import type { OpenPool } from './testing/openPool.ts'

const TENANT = 't-one'
const OTHER = 't-other'
const DAY_MS = 24 * 3_600_000
const YEARS_MS = 10 * 365 * 24 * 3_600_000

let dataDir: string
beforeEach(async () => {
  dataDir = await makeDataDir()
})
afterEach(async () => {
  await removeDataDir(dataDir)
})

it('never takes a file that is being published for a leftover, whatever the wall clock says', async () => {
  const { pool, clock, close } = await openPool(dataDir)
  // Every file looks years old to such a clock.
  clock.jumpWall(Date.now() - clock.now() + YEARS_MS)
  const published = new AbortController()
  const sweeping = (async () => {
    while (!published.signal.aborted) await pool.sweep()
  })()
  const contents = Array.from({ length: 60 }, (_, index) => Buffer.from(`file ${String(index)}`))
  for (const content of contents) await pool.put(TENANT, declare(content), Readable.from([content]))
  published.abort()
  await sweeping
  const found = await pool.findMany(
    TENANT,
    contents.map((content) => declare(content).md5 ?? ''),
  )
  expect(found.size).toBe(contents.length)
  await close()
})

describe('a file that a round found to be old', () => {
  let opened: OpenPool
  let limits: { -readonly [K in keyof PoolLimits]?: PoolLimits[K] }
  beforeEach(async () => {
    limits = {}
    opened = await openPool(dataDir, {}, limits)
  })
  afterEach(async () => {
    await opened.close()
  })

  async function bring(name: string, tenant = TENANT) {
    const bytes = Buffer.from(name.padEnd(1_000, '.'))
    const file = await opened.pool.put(tenant, declare(bytes), Readable.from([bytes]))
    // In the order they came.
    opened.clock.advance(1)
    return file
  }

  /** Once, while it is asked whether something refers to the file: that one is as good as gone. */
  function whileAskedOf({ sha256 }: { readonly sha256: string }, what: () => void): void {
    let isDone = false
    opened.pool.guardBy((_, asked) => {
      if (asked.sha256 === sha256 && !isDone) {
        isDone = true
        what()
      }
      return false
    })
  }

  it('stays when it is asked for while others go, also where that note is written meanwhile', async () => {
    const one = await bring('one')
    const two = await bring('two')
    await bring('theirs', OTHER)
    opened.clock.advance(8 * DAY_MS)
    limits.quotaBytes = 1_500
    const meanwhile: Promise<unknown>[] = []
    whileAskedOf(one, () => {
      // Whoever searches for room has the notes written.
      meanwhile.push(opened.pool.find(TENANT, two.md5), opened.pool.promiseRoom(OTHER, 1_000, 'input'))
    })
    await opened.pool.sweep()
    await Promise.all(meanwhile)
    expect([opened.pool.has(TENANT, one), opened.pool.has(TENANT, two)]).toEqual([false, true])
  })

  it('stays when it is asked for in the moment before it goes, by its age or for a quota', async () => {
    const file = await bring('one')
    opened.clock.advance(8 * DAY_MS)
    const meanwhile: Promise<unknown>[] = []
    whileAskedOf(file, () => void meanwhile.push(opened.pool.find(TENANT, file.md5)))
    expect((await opened.pool.sweep()).expired).toBe(0)
    opened.clock.advance(DAY_MS)
    limits.quotaBytes = 1_500
    let asked = 0
    opened.pool.guardBy(() => {
      asked += 1
      // First for the search, then for itself.
      if (asked === 2) meanwhile.push(opened.pool.find(TENANT, file.md5))
      return false
    })
    await expect(opened.pool.promiseRoom(TENANT, 1_000, 'input')).rejects.toMatchObject({ code: 'QUOTA' })
    await Promise.all(meanwhile)
    expect(opened.pool.has(TENANT, file)).toBe(true)
  })

  it('stays when an operator has files kept longer', async () => {
    const one = await bring('one')
    const two = await bring('two')
    opened.clock.advance(8 * DAY_MS)
    whileAskedOf(one, () => {
      limits.inputsKeptMs = 365 * DAY_MS
    })
    expect((await opened.pool.sweep()).expired).toBe(0)
    expect([opened.pool.has(TENANT, one), opened.pool.has(TENANT, two)]).toEqual([true, true])
  })

  it('is none that only looks old since the clock leapt on the way', async () => {
    const old = await bring('old')
    opened.clock.advance(7 * DAY_MS)
    const young = await bring('young')
    opened.clock.advance(DAY_MS)
    whileAskedOf(old, () => {
      opened.clock.jumpWall(YEARS_MS)
    })
    expect((await opened.pool.sweep()).expired).toBe(1)
    expect([opened.pool.has(TENANT, old), opened.pool.has(TENANT, young)]).toEqual([false, true])
  })

  it('stays for the next start when the gateway stops', async () => {
    const { pool, clock, root, uploads } = { ...opened, uploads: opened.pool.uploads }
    await bring('one')
    clock.advance(Date.now() - clock.now() + YEARS_MS)
    const metadata = { md5: '0'.repeat(32), sha256: '0'.repeat(64), ext: '.mp4' } as const
    uploads.add({ id: 'u', tenant: TENANT, size: 1, metadata, origin: 'input', state: 'done', createdMs: 0 })
    await mkdir(join(root, 't-two'))
    const left = [join('t-two', '0'.repeat(64)), join('.quarantine', 'damaged'), join('.tmp', 'p-left')]
    for (const name of left) await writeFile(join(root, name), 'x')
    const before = await filesOf(root)
    const stopped = AbortSignal.abort()
    expect(await pool.sweep(stopped)).toMatchObject({ temporaries: 0, expired: 0, unindexed: 0 })
    expect([await filesOf(root), uploads.find('u')?.state]).toEqual([before, 'done'])
  })
})
