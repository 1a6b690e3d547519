import { createHash } from 'node:crypto'
import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFileHasher, openDatabase, systemClock } from '../../shared/node/index.ts'
import type { Database, FileHasher } from '../../shared/node/index.ts'
import { STUDIO_MIGRATIONS } from '../database/migrations.ts'
import { createHashCache } from './hashCache.ts'
import type { HashCache } from './hashCache.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('hash cache', () => {
  let dir: string
  let db: Database
  let cache: HashCache
  let readings: string[]
  const signal = new AbortController().signal

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-hash-'))
    db = openDatabase({ path: join(dir, 'studio.db'), migrations: STUDIO_MIGRATIONS })
    readings = []
    const real = createFileHasher()
    const counting: FileHasher = {
      hash: (path, options) => {
        readings.push(path)
        return real.hash(path, options)
      },
      stop: () => real.stop(),
    }
    cache = createHashCache({ db, hasher: counting, clock: systemClock })
  })
  afterEach(async () => {
    await cache.stop()
    db.close()
    await rm(dir, { recursive: true, force: true })
  })

  it('reads a file once, for two callers at once and for later ones', async () => {
    const path = join(dir, 'a.bin')
    await writeFile(path, 'one')
    const [first, second] = await Promise.all([cache.digest(path, { signal }), cache.digest(path, { signal })])
    expect(await cache.digest(path, { signal })).toEqual(first)
    expect([first.sha256, second, readings.length]).toEqual([sha256('one'), first, 1])
  })

  it('reads again when content, time or the file itself changed', async () => {
    const path = join(dir, 'a.bin')
    await writeFile(path, 'one')
    const past = new Date(1_600_000_000_000)
    await utimes(path, past, past)
    await cache.digest(path, { signal })

    await writeFile(path, 'two')
    expect(await cache.known(path)).toBeUndefined()
    expect((await cache.digest(path, { signal })).sha256).toBe(sha256('two'))

    // Another file under the same name, with the same size and time: only the inode tells.
    await writeFile(join(dir, 'b.bin'), 'six')
    await utimes(path, past, past)
    await cache.digest(path, { signal })
    await utimes(join(dir, 'b.bin'), past, past)
    await rename(join(dir, 'b.bin'), path)
    expect((await cache.digest(path, { signal })).sha256).toBe(sha256('six'))
  })

  it('lets one caller leave without stopping the other', async () => {
    const path = join(dir, 'big.bin')
    await writeFile(path, Buffer.alloc(64 * 1024 * 1024, 7))
    const leaving = new AbortController()
    const left = cache.digest(path, { signal: leaving.signal })
    const stayed = cache.digest(path, { signal })
    leaving.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    expect((await stayed).sha256).toHaveLength(64)
    expect(readings).toHaveLength(1)
  })

  it('reads anew for who comes in the moment the last one left', async () => {
    const path = join(dir, 'big.bin')
    await writeFile(path, Buffer.alloc(64 * 1024 * 1024, 7))
    const leaving = new AbortController()
    const left = cache.digest(path, { signal: leaving.signal })
    await expect.poll(() => readings.length, { interval: 1 }).toBe(1)
    leaving.abort(new Error('left'))
    const came = cache.digest(path, { signal })
    await expect(left).rejects.toThrow('left')
    expect((await came).sha256).toHaveLength(64)
    expect((await cache.digest(path, { signal })).sha256).toBe((await came).sha256)
  })

  it('refuses what is not a file, by its reason', async () => {
    await expect(cache.digest(dir, { signal })).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    await expect(cache.digest(join(dir, 'none'), { signal })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})
