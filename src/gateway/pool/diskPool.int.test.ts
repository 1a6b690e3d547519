import { chmod, mkdir, readFile, rm, stat, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { declare, digestsOf, filesOf, makeDataDir, openPool, removeDataDir } from './testing/openPool.ts'

const TENANT = 't-alpha'
const CONTENT = Buffer.from('some bytes of a video '.repeat(10_000))
const { md5, sha256 } = digestsOf(CONTENT)
const STORED = { md5, sha256, ext: '.mp4', size: CONTENT.byteLength }

let dataDir = ''
let root = ''

beforeEach(async () => {
  dataDir = await makeDataDir()
  root = join(dataDir, 'pool')
})

afterEach(async () => {
  await removeDataDir(dataDir)
})

function streamOf(content: Uint8Array): Readable {
  return Readable.from([content.subarray(0, 1000), content.subarray(1000)])
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

describe('put', () => {
  it('makes a file visible under its digests, private and read-only', async () => {
    const { pool, close } = await openPool(dataDir)
    expect(await pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))).toEqual(STORED)
    expect(await pool.find(TENANT, md5)).toEqual(STORED)
    expect(await pool.findMany(TENANT, [md5, '0'.repeat(32)])).toEqual(new Map([[md5, STORED]]))
    const opened = await pool.open(TENANT, md5)
    expect(opened).toEqual({ file: STORED, path: join(root, TENANT, sha256) })
    expect(await readFile(join(root, TENANT, sha256))).toEqual(CONTENT)
    expect(await modeOf(join(root, TENANT, sha256))).toBe(0o400)
    expect(await modeOf(join(root, TENANT))).toBe(0o700)
    expect(await filesOf(root)).toEqual([join(TENANT, sha256)])
    await close()
  })

  it.each([
    ['another MD5', { md5: '0'.repeat(32) }, 'HASH_MISMATCH'],
    ['another SHA-256', { sha256: '0'.repeat(64) }, 'HASH_MISMATCH'],
    ['a longer length', { sizeBytes: CONTENT.byteLength + 1 }, 'LENGTH_MISMATCH'],
    ['a shorter length', { sizeBytes: 5 }, 'LENGTH_MISMATCH'],
  ])('keeps nothing of a file announced with %s', async (_, changes, code) => {
    const { pool, close } = await openPool(dataDir)
    await expect(pool.put(TENANT, declare(CONTENT, changes), streamOf(CONTENT))).rejects.toMatchObject({ code })
    expect(await pool.find(TENANT, md5)).toBeUndefined()
    expect(await filesOf(root)).toEqual([])
    await close()
  })

  it('keeps nothing of a source that broke', async () => {
    const { pool, close } = await openPool(dataDir)
    const broken = Readable.from(breaking())
    await expect(pool.put(TENANT, declare(CONTENT), broken)).rejects.toThrow('the line went dead')
    expect(await filesOf(root)).toEqual([])
    await close()
  })

  it('takes one file from many senders at once', async () => {
    const { pool, close } = await openPool(dataDir)
    const files = await Promise.all(
      Array.from({ length: 10 }, () => pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))),
    )
    expect(files).toEqual(Array.from({ length: 10 }, () => STORED))
    expect(await filesOf(root)).toEqual([join(TENANT, sha256)])
    await close()
  })

  it('refuses another file with the same MD5 and leaves the first alone', async () => {
    const { pool, close } = await openPool(dataDir)
    const [first, second] = COLLISION.map((hex) => Buffer.from(hex, 'hex'))
    if (first === undefined || second === undefined) throw new Error('no pair')
    expect(digestsOf(first).md5).toBe(digestsOf(second).md5)
    await pool.put(TENANT, declare(first), streamOf(first))
    await expect(pool.put(TENANT, declare(second), streamOf(second))).rejects.toMatchObject({ code: 'HASH_COLLISION' })
    expect((await pool.find(TENANT, digestsOf(first).md5))?.sha256).toBe(digestsOf(first).sha256)
    expect(await filesOf(root)).toEqual([join(TENANT, digestsOf(first).sha256)])
    expect(await pool.put('t-beta', declare(second), streamOf(second))).toMatchObject({ size: 128 })
    await close()
  })

  it('keeps tenants apart, also where they have the same file', async () => {
    const { pool, close } = await openPool(dataDir)
    await pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))
    expect(await pool.find('t-beta', md5)).toBeUndefined()
    expect(await pool.open('t-beta', md5)).toBeUndefined()
    await pool.put('t-beta', declare(CONTENT), streamOf(CONTENT))
    expect(await filesOf(root)).toEqual([join(TENANT, sha256), join('t-beta', sha256)])
    await close()
  })

  it.each([
    ['the largest file', { maxFileBytes: 1000 }, {}, 'FILE_TOO_LARGE'],
    ['the tenant’s quota', {}, { quotaBytes: 1000 }, 'QUOTA'],
    ['the low-disk mark', { lowDiskBytes: Number.MAX_SAFE_INTEGER }, {}, 'DISK_FULL'],
  ])('refuses what exceeds %s', async (_, settings, limits, code) => {
    const { pool, close } = await openPool(dataDir, settings, limits)
    await expect(pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))).rejects.toMatchObject({ code })
    expect(await filesOf(root)).toEqual([])
    await close()
  })

  it('stops a file of unknown length at the limit', async () => {
    const { pool, close } = await openPool(dataDir, { maxFileBytes: 1000 })
    const endless = Readable.from(endlessly())
    const declared = { md5, ext: '.mp4' as const }
    await expect(pool.put(TENANT, declared, endless)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
    expect(await filesOf(root)).toEqual([])
    await close()
  })
})

describe('open', () => {
  it.each([
    ['truncated', (path: string) => truncate(path, 10)],
    ['changed', (path: string) => writeFile(path, Buffer.alloc(CONTENT.byteLength))],
    [
      'replaced by a link',
      async (path: string) => {
        await unlink(path)
        await symlink('/etc/passwd', path)
      },
    ],
    ['removed', (path: string) => unlink(path)],
  ])('refuses a file that was %s, and takes it anew', async (_, damage) => {
    const { pool, close } = await openPool(dataDir)
    await pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))
    await chmod(join(root, TENANT, sha256), 0o600)
    await damage(join(root, TENANT, sha256))
    await expect(pool.open(TENANT, md5)).rejects.toMatchObject({ code: 'INPUT_CORRUPT' })
    expect(await pool.open(TENANT, md5)).toBeUndefined()
    expect((await filesOf(root)).every((file) => file.startsWith('.quarantine'))).toBe(true)
    await pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))
    expect((await pool.open(TENANT, md5))?.file).toEqual(STORED)
    await close()
  })
})

describe('a pool that came back from a backup without its times', () => {
  it('is read once and taken, with tasks and videos as they were', async () => {
    const { pool, clock, close } = await openPool(dataDir)
    await pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))
    await utimes(join(root, TENANT, sha256), 1_000, 1_000)
    clock.advance(1_000)
    // Many at once, as after a restart.
    const found = await Promise.all([pool.find(TENANT, md5), pool.open(TENANT, md5), pool.peek(TENANT, md5)])
    expect(found).toEqual([STORED, { file: STORED, path: join(root, TENANT, sha256) }, STORED])
    expect(pool.index.find(TENANT, md5)?.mtimeMs).toBe(1_000_000)
    expect(await filesOf(root)).toEqual([join(TENANT, sha256)])
    await close()
  })

  it('takes nothing that is not what it is called', async () => {
    const { pool, close } = await openPool(dataDir)
    await pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))
    await chmod(join(root, TENANT, sha256), 0o600)
    await writeFile(join(root, TENANT, sha256), Buffer.alloc(CONTENT.byteLength))
    await utimes(join(root, TENANT, sha256), 1_000, 1_000)
    expect(await pool.find(TENANT, md5)).toBeUndefined()
    expect(await pool.whyGone(TENANT, md5)).toBe('damaged')
    await close()
  })

  it('keeps its copy when the same file is brought again', async () => {
    const { pool, close } = await openPool(dataDir)
    await pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))
    await utimes(join(root, TENANT, sha256), 1_000, 1_000)
    const { ino } = await stat(join(root, TENANT, sha256))
    expect(await pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))).toEqual(STORED)
    expect((await stat(join(root, TENANT, sha256))).ino).toBe(ino)
    expect(await filesOf(root)).toEqual([join(TENANT, sha256)])
    await close()
  })
})

describe('start', () => {
  it('removes what a crash left, and nothing else', async () => {
    const first = await openPool(dataDir)
    await first.pool.put(TENANT, declare(CONTENT), streamOf(CONTENT))
    const upload = { id: 'a'.repeat(32), tenant: TENANT, size: 10, state: 'open' as const, createdMs: 0 }
    first.pool.uploads.add({ ...upload, origin: 'input', metadata: { md5, sha256, ext: '.mp4' } })
    await first.close()
    const kept = [join('.tmp', `u-${upload.id}`), join(TENANT, sha256), join(TENANT, 'notes.txt'), 'readme']
    const left = [join('.tmp', 'p-0123'), join('.tmp', `u-${'b'.repeat(32)}`), join(TENANT, '0'.repeat(64))]
    for (const name of [...kept, ...left]) {
      if (name !== join(TENANT, sha256)) await writeFile(join(root, name), 'x')
    }
    const second = await openPool(dataDir)
    expect(await filesOf(root)).toEqual(kept.toSorted())
    expect(await second.pool.find(TENANT, md5)).toEqual(STORED)
    await second.close()
  })

  it('refuses a root that is a link to somewhere else', async () => {
    await mkdir(join(dataDir, 'elsewhere'))
    await symlink(join(dataDir, 'elsewhere'), root)
    await expect(openPool(dataDir)).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE' })
    await rm(root)
  })
})

async function* breaking(): AsyncGenerator<Buffer> {
  yield CONTENT.subarray(0, 1000)
  await Promise.resolve()
  throw new Error('the line went dead')
}

async function* endlessly(): AsyncGenerator<Buffer> {
  for (;;) {
    await Promise.resolve()
    yield CONTENT.subarray(0, 100)
  }
}

/** The first published pair of blocks with one MD5 (Wang and Yu, 2004). */
const COLLISION = [
  'd131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70',
  'd131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5bd8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70',
]
