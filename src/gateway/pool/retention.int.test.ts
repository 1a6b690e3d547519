import { existsSync, utimesSync } from 'node:fs'
import { chmod, lstat, readFile, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installFaultPoints } from '../../shared/index.ts'
import type { FaultPoint } from '../../shared/index.ts'
import { removeUnindexed } from './cleanUp.ts'
import type { PoolLimits, PoolSettings } from './poolSettings.ts'
import { declare, digestsOf, filesOf, makeDataDir, openPool, removeDataDir } from './testing/openPool.ts'
import type { OpenPool } from './testing/openPool.ts'

const DAY_MS = 24 * 60 * 60_000
const TENANT = 't-alpha'
const NEVER = new AbortController().signal

let dataDir = ''
let opened: OpenPool

beforeEach(async () => {
  dataDir = await makeDataDir()
})
afterEach(async () => {
  installFaultPoints(undefined)
  await opened.close()
  await removeDataDir(dataDir)
})

async function open(limits: Partial<PoolLimits> = {}, settings: Partial<PoolSettings> = {}): Promise<void> {
  opened = await openPool(dataDir, settings, limits)
}

/** A file of 1,000 bytes of its own content. */
function bytesOf(name: string): Buffer {
  return Buffer.from(name.padEnd(1_000, '.'))
}

async function bring(name: string, origin: 'input' | 'result' = 'input', tenant = TENANT) {
  const bytes = bytesOf(name)
  return opened.pool.put(tenant, declare(bytes, { origin }), Readable.from([bytes]))
}

async function has(name: string, tenant = TENANT): Promise<boolean> {
  return (await opened.pool.peek(tenant, digestsOf(bytesOf(name)).md5)) !== undefined
}

function pathOf(name: string): string {
  return join(opened.root, TENANT, digestsOf(bytesOf(name)).sha256)
}

describe('a wall clock that leaps', () => {
  const YEAR_MS = 365 * DAY_MS

  it.each([10 * YEAR_MS, -50 * YEAR_MS])(
    'by %d ms removes nothing for its age, nor when it is put right',
    async (leapMs) => {
      await open()
      await bring('input')
      await bring('result', 'result')
      const { db, clock } = opened
      db.run('INSERT INTO pool_gone(tenant, md5, why, at) VALUES (?, ?, ?, ?)', TENANT, 'md5', 'quota', clock.now())
      opened.clock.jumpWall(leapMs)
      for (let hour = 0; hour < 3; hour++) {
        expect(await opened.pool.sweep()).toMatchObject({ expired: 0, areAgesBelieved: false })
        opened.clock.advance(DAY_MS / 24)
      }
      opened.clock.jumpWall(-leapMs)
      opened.clock.advance(DAY_MS)
      expect((await opened.pool.sweep()).expired).toBe(0)
      expect([await has('input'), await has('result')]).toEqual([true, true])
      expect(await opened.pool.whyGone(TENANT, 'md5')).toBe('quota')
      opened.clock.advance(8 * DAY_MS)
      expect(await opened.pool.sweep()).toMatchObject({ expired: 2, areAgesBelieved: true })
    },
  )
})

describe('retention', () => {
  it('removes results and inputs when each one’s time is over, and says why', async () => {
    await open({ resultsKeptMs: 3 * DAY_MS, inputsKeptMs: 10 * DAY_MS })
    await bring('input')
    const result = await bring('result', 'result')
    opened.clock.advance(3 * DAY_MS - 1)
    expect((await opened.pool.sweep()).expired).toBe(0)
    opened.clock.advance(2)
    expect((await opened.pool.sweep()).expired).toBe(1)
    expect([await has('input'), await has('result')]).toEqual([true, false])
    expect(await opened.pool.whyGone(TENANT, result.md5)).toBe('expired')
    expect(existsSync(pathOf('result'))).toBe(false)
    opened.clock.advance(7 * DAY_MS)
    expect((await opened.pool.sweep()).expired).toBe(1)
    expect(await opened.pool.usedBytes(TENANT)).toBe(0)
    await bring('result', 'result')
    expect(await opened.pool.whyGone(TENANT, result.md5)).toBeUndefined()
  })

  it('counts from the last use, also over a restart', async () => {
    await open()
    const file = await bring('input')
    opened.clock.advance(6 * DAY_MS)
    await opened.pool.find(TENANT, file.md5)
    await opened.close()
    const startedAt = opened.clock.now()
    await open()
    opened.clock.advance(startedAt - opened.clock.now() + 6 * DAY_MS)
    expect((await opened.pool.sweep()).expired).toBe(0)
    opened.clock.advance(DAY_MS + 1)
    expect((await opened.pool.sweep()).expired).toBe(1)
  })

  it('keeps what something refers to, however old, and what comes behind it goes all the same', async () => {
    await open()
    const names = Array.from({ length: 250 }, (_, index) => `file ${String(index)}`)
    for (const name of names) await bring(name)
    const used = new Set(names.slice(0, 230).map((name) => digestsOf(bytesOf(name)).sha256))
    opened.pool.guardBy((_, { sha256 }) => used.has(sha256))
    opened.clock.advance(8 * DAY_MS)
    expect((await opened.pool.sweep()).expired).toBe(20)
    expect([await has('file 0'), await has('file 229'), await has('file 230')]).toEqual([true, true, false])
    used.clear()
    expect((await opened.pool.sweep()).expired).toBe(230)
  })

  it('lets everybody else have their turn, also where all that is old stays', async () => {
    await open()
    const names = Array.from({ length: 250 }, (_, index) => `file ${String(index)}`)
    for (const name of names) await bring(name)
    const asked = { inAll: 0, thisTurn: 0, most: 0 }
    opened.pool.guardBy(() => {
      asked.inAll += 1
      asked.thisTurn += 1
      asked.most = Math.max(asked.most, asked.thisTurn)
      return true
    })
    opened.clock.advance(8 * DAY_MS)
    const swept = new AbortController()
    const turns = (async () => {
      for (; !swept.signal.aborted; asked.thisTurn = 0) await new Promise(setImmediate)
    })()
    await opened.pool.sweep()
    swept.abort()
    await turns
    expect(asked).toMatchObject({ inAll: 250, most: 100 })
  })

  it('removes nothing before it is told what is in use', async () => {
    await open()
    await bring('input')
    opened.pool.guardBy(() => true)
    opened.clock.advance(100 * DAY_MS)
    expect((await opened.pool.sweep()).expired).toBe(0)
  })

  it('survives a kill around the unlink: nothing without an index entry stays', async () => {
    for (const point of ['sweep.before_unlink', 'sweep.after_unlink'] as const) {
      await open()
      await bring('input')
      opened.clock.advance(8 * DAY_MS)
      crashAt(point)
      await expect(opened.pool.sweep()).rejects.toThrow(point)
      installFaultPoints(undefined)
      await opened.close()
      await open()
      expect(await has('input')).toBe(false)
      expect(await filesOf(opened.root)).toEqual([])
      await opened.close()
    }
    await open()
  })
})

describe('what is remembered for a while', () => {
  it('is forgotten faster than it can come', async () => {
    await open()
    const { db, pool, clock, settings } = opened
    db.transaction(() => {
      for (let index = 0; index < 2_500; index++) {
        const id = index.toString(16).padStart(32, '0')
        db.run('INSERT INTO pool_gone(tenant, md5, why, at) VALUES (?, ?, ?, ?)', TENANT, id, 'quota', clock.now())
        const metadata = { md5: id, sha256: id.repeat(2), ext: '.mp4' } as const
        const record = { id, tenant: TENANT, size: 1, metadata, origin: 'input', state: 'done' } as const
        pool.uploads.add({ ...record, createdMs: clock.now() })
      }
    })
    clock.advance(Math.max(settings.goneMs, settings.uploadTtlMs) + 1)
    await pool.sweep()
    const left = ['pool_gone', 'upload'].map((table) => db.get(`SELECT count(*) AS n FROM ${table}`))
    expect(left).toEqual([{ n: 0 }, { n: 0 }])
  })
})

describe('a search for what can go', () => {
  it('is made once for many who ask at once, and not again for ten seconds when it was in vain', async () => {
    await open({ quotaBytes: 3_000 })
    for (const name of ['one', 'two', 'three']) await bring(name)
    let asked = 0
    opened.pool.guardBy(() => {
      asked += 1
      return true
    })
    opened.clock.advance(DAY_MS)
    const bringMany = (): Promise<unknown> => Promise.allSettled(['four', 'five', 'six'].map((name) => bring(name)))
    await bringMany()
    expect(asked).toBe(3)
    await bringMany()
    expect(asked).toBe(3)
    opened.clock.advance(10_000)
    await bringMany()
    expect(asked).toBe(6)
    opened.clock.advance(10_000)
    opened.pool.guardBy(() => false)
    await bring('seven')
    expect(await has('one')).toBe(false)
  })
})

describe('a quota', () => {
  it('makes room by what was not used longest, of that tenant alone', async () => {
    await open({ quotaBytes: 3_000 })
    await bring('theirs', 'input', 't-beta')
    for (const name of ['one', 'two', 'three']) {
      await bring(name)
      opened.clock.advance(60 * 60_000)
    }
    await opened.pool.find(TENANT, digestsOf(bytesOf('one')).md5)
    opened.clock.advance(60 * 60_000)
    await bring('four')
    expect(await Promise.all(['one', 'two', 'three', 'four'].map((name) => has(name)))).toEqual([
      true,
      false,
      true,
      true,
    ])
    expect(await opened.pool.whyGone(TENANT, digestsOf(bytesOf('two')).md5)).toBe('quota')
    expect(await has('theirs', 't-beta')).toBe(true)
    expect(await opened.pool.usedBytes(TENANT)).toBe(3_000)
  })

  it('refuses what does not fit beside files that are used, and takes nothing away for it', async () => {
    await open({ quotaBytes: 2_000 })
    await bring('one')
    opened.clock.advance(60 * 60_000)
    await bring('two')
    // One is used, the other was brought just now.
    opened.pool.guardBy((_, { sha256 }) => sha256 === digestsOf(bytesOf('one')).sha256)
    await expect(bring('three')).rejects.toMatchObject({ code: 'QUOTA' })
    expect([await has('one'), await has('two')]).toEqual([true, true])
    opened.clock.advance(60 * 60_000)
    await bring('three')
    expect([await has('one'), await has('two')]).toEqual([true, false])
  })

  it('takes nothing away when all that may go would not be enough', async () => {
    await open({ quotaBytes: 3_000 })
    await bring('one')
    await bring('two')
    opened.clock.advance(60 * 60_000)
    opened.pool.guardBy((_, { sha256 }) => sha256 === digestsOf(bytesOf('one')).sha256)
    await expect(opened.pool.promiseRoom(TENANT, 2_500, 'input')).rejects.toMatchObject({ code: 'QUOTA' })
    await expect(opened.pool.promiseRoom(TENANT, 3_500, 'input')).rejects.toMatchObject({ code: 'QUOTA' })
    expect([await has('one'), await has('two')]).toEqual([true, true])
  })

  it('holds for a file whose length nobody announced', async () => {
    await open({ quotaBytes: 500 })
    const bytes = bytesOf('one')
    const source = Readable.from([bytes])
    await expect(opened.pool.put(TENANT, { ext: '.mp4' }, source)).rejects.toMatchObject({ code: 'QUOTA' })
    expect(await filesOf(opened.root)).toEqual([])
  })

  it.each([
    ['of announced length', true],
    ['whose length nobody announced', false],
  ])('holds for many files at once %s', async (_, isAnnounced) => {
    await open({ quotaBytes: 3_000 })
    opened.pool.guardBy(() => true)
    const sent = ['one', 'two', 'three', 'four', 'five'].map((name) => {
      const { sizeBytes, ...declared } = declare(bytesOf(name))
      const known = isAnnounced && sizeBytes !== undefined ? { sizeBytes } : {}
      return opened.pool.put(TENANT, { ...declared, ...known }, Readable.from([bytesOf(name)]))
    })
    const outcomes = await Promise.allSettled(sent)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(await opened.pool.usedBytes(TENANT)).toBe(3_000)
    // What was refused holds no room.
    opened.clock.advance(60 * 60_000)
    opened.pool.guardBy(() => false)
    for (const name of ['six', 'seven', 'eight']) await bring(name)
    expect(await opened.pool.usedBytes(TENANT)).toBe(3_000)
  })

  it('does not refuse a result: a run was paid for it', async () => {
    await open({ quotaBytes: 1_000 })
    await bring('one')
    opened.pool.guardBy(() => true)
    await bring('result', 'result')
    expect(await opened.pool.usedBytes(TENANT)).toBe(2_000)
    await expect(bring('two')).rejects.toMatchObject({ code: 'QUOTA' })
  })
})

describe('damage', () => {
  async function scrubAll(): Promise<number> {
    const done = { value: false }
    let files = 0
    const work = (async () => {
      while (await opened.pool.scrubNext(NEVER)) files += 1
      done.value = true
    })()
    while (!done.value) {
      opened.clock.advance(50)
      await new Promise(setImmediate)
    }
    await work
    return files
  }

  it('is found by reading: a bit that flipped, with size and time as they were', async () => {
    await open()
    await bring('whole')
    await bring('flipped')
    const path = pathOf('flipped')
    const { mtimeMs } = await lstat(path)
    await chmod(path, 0o600)
    const bytes = await readFile(path)
    bytes[500] = (bytes[500] ?? 0) ^ 1
    await writeFile(path, bytes)
    await utimes(path, mtimeMs / 1000, mtimeMs / 1000)
    expect((await lstat(path)).mtimeMs).toBe(mtimeMs)
    expect(await has('flipped')).toBe(true)
    expect(await scrubAll()).toBe(0)
    opened.clock.advance(8 * DAY_MS)
    expect(await scrubAll()).toBe(2)
    expect([await has('whole'), await has('flipped')]).toEqual([true, false])
    expect(await opened.pool.whyGone(TENANT, digestsOf(bytesOf('flipped')).md5)).toBe('damaged')
    expect((await filesOf(opened.root)).filter((file) => file.startsWith('.quarantine'))).toHaveLength(1)
    expect(await scrubAll()).toBe(0)
    await bring('flipped')
    expect(await opened.pool.whyGone(TENANT, digestsOf(bytesOf('flipped')).md5)).toBeUndefined()
  })

  it('is not seen where a file was brought anew while it was looked at', async () => {
    await open()
    for (let round = 0; round < 30; round++) {
      const file = await bring('again')
      await chmod(pathOf('again'), 0o600)
      await writeFile(pathOf('again'), 'short')
      // The looks at the damaged copy and the upload of a good one overlap in every order.
      await Promise.all([
        opened.pool.find(TENANT, file.md5),
        bring('again'),
        opened.pool.find(TENANT, file.md5),
        opened.pool.find(TENANT, file.md5),
      ])
      expect(await has('again')).toBe(true)
      expect(await readFile(pathOf('again'))).toEqual(bytesOf('again'))
    }
  })

  it('of a file that vanished is forgotten with the next look', async () => {
    await open()
    const file = await bring('gone')
    await unlink(pathOf('gone'))
    opened.clock.advance(8 * DAY_MS)
    await scrubAll()
    expect(await opened.pool.whyGone(TENANT, file.md5)).toBe('lost')
    expect(await opened.pool.usedBytes(TENANT)).toBe(0)
  })

  it('leaves files without an index entry no longer than some minutes', async () => {
    await open()
    await bring('mine')
    const orphan = join(opened.root, TENANT, '0'.repeat(64))
    await writeFile(orphan, 'x')
    utimesSync(orphan, 0, 0)
    const changed = (await lstat(orphan)).ctimeMs
    expect(await removeUnindexed(opened.pool, 300_000, changed + 299_000)).toBe(0)
    expect(await removeUnindexed(opened.pool, 300_000, changed + 301_000)).toBe(1)
    expect(await has('mine')).toBe(true)
  })
})

const UPLOAD_POINTS: readonly FaultPoint[] = [
  'upload.tmp_open',
  'upload.chunk_written',
  'upload.before_fsync',
  'upload.after_fsync',
  'upload.before_rename',
  'upload.after_rename',
  'upload.after_dirsync',
  'upload.before_index_commit',
  'upload.after_index_commit',
]

describe('an upload that fails', () => {
  it.each(UPLOAD_POINTS)('at %s leaves a file whole or not at all, and can be sent again', async (point) => {
    await open()
    crashAt(point)
    await expect(bring('file')).rejects.toThrow(point)
    installFaultPoints(undefined)
    // `after_index_commit` alone is behind the commit.
    expect(await has('file')).toBe(point === 'upload.after_index_commit')
    await opened.close()
    await open()
    const before = await filesOf(opened.root)
    expect(before).toHaveLength(point === 'upload.after_index_commit' ? 1 : 0)
    await bring('file')
    expect(await readFile(pathOf('file'))).toEqual(bytesOf('file'))
    expect(await opened.pool.usedBytes(TENANT)).toBe(1_000)
  })

  it('with a wrong hash passes its fault point and keeps nothing', async () => {
    await open()
    const passed: FaultPoint[] = []
    installFaultPoints((point) => passed.push(point))
    const declared = declare(bytesOf('one'), { md5: '0'.repeat(32) })
    const sent = opened.pool.put(TENANT, declared, Readable.from([bytesOf('one')]))
    await expect(sent).rejects.toMatchObject({ code: 'HASH_MISMATCH' })
    expect(passed.at(-1)).toBe('upload.chunk_hash_bad')
    expect(await filesOf(opened.root)).toEqual([])
  })
})

function crashAt(wanted: FaultPoint): void {
  installFaultPoints((point) => {
    if (point === wanted) throw new Error(wanted)
  })
}
