import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createGrowingFileHasher } from './growingFileHasher.ts'
import type { GrowingFileHasher } from './growingFileHasher.ts'

const MIB = 1024 * 1024

let dir: string
let hasher: GrowingFileHasher
beforeAll(() => {
  hasher = createGrowingFileHasher()
})
afterAll(() => hasher.stop())
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-follow-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const digestOf = (algorithm: string, content: Uint8Array): string => createHash(algorithm).update(content).digest('hex')
const both = (content: Uint8Array) => ({
  md5: digestOf('md5', content),
  sha256: digestOf('sha256', content),
  sizeBytes: content.byteLength,
})

describe('createGrowingFileHasher', () => {
  it('gives the digests of what was written piece by piece', async () => {
    const path = join(dir, 'grows')
    const content = randomBytes(20 * MIB + 7)
    const follower = hasher.follow(path)
    for (let at = 0; at < content.length; at += 3 * MIB + 1) {
      appendFileSync(path, content.subarray(at, at + 3 * MIB + 1))
      follower.advance(Math.min(content.length, at + 3 * MIB + 1))
      await follower.behindAtMost(MIB)
      expect(follower.behindBytes).toBeLessThanOrEqual(MIB)
    }
    expect(await follower.digest()).toEqual(both(content))
  })

  it('takes up a file that was there before, and hashes no further than it was told', async () => {
    const path = join(dir, 'resumed')
    const content = randomBytes(40 * MIB)
    writeFileSync(path, content)
    const follower = hasher.follow(path)
    follower.advance(30 * MIB)
    follower.advance(10 * MIB)
    expect(await follower.digest()).toEqual(both(content.subarray(0, 30 * MIB)))
  })

  it('follows many files at once, a small one without waiting for a large one', async () => {
    const large = join(dir, 'large')
    const small = join(dir, 'small')
    writeFileSync(large, Buffer.alloc(200 * MIB))
    writeFileSync(small, 'abc')
    const followers = [hasher.follow(large), hasher.follow(small)] as const
    followers[0].advance(200 * MIB)
    followers[1].advance(3)
    const order: string[] = []
    await Promise.all([
      followers[0].digest().then(() => order.push('large')),
      followers[1].digest().then(({ md5 }) => order.push(md5)),
    ])
    expect(order).toEqual(['900150983cd24fb0d6963f7d28e17f72', 'large'])
  })

  it('knows the digests of nothing, also of a file that does not exist', async () => {
    expect(await hasher.follow(join(dir, 'never')).digest()).toEqual(both(Buffer.alloc(0)))
  })

  it('says what became of the file, to everybody who waits', async () => {
    const path = join(dir, 'shrinks')
    writeFileSync(path, Buffer.alloc(2 * MIB))
    truncateSync(path, MIB)
    const follower = hasher.follow(path)
    follower.advance(2 * MIB)
    await expect(follower.behindAtMost(0)).rejects.toThrow('shorter')
    await expect(follower.digest()).rejects.toThrow('shorter')
    const missing = hasher.follow(join(dir, 'missing'))
    missing.advance(1)
    await expect(missing.digest()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('can be given up, by one file and as a whole', async () => {
    const path = join(dir, 'large')
    writeFileSync(path, Buffer.alloc(100 * MIB))
    const own = createGrowingFileHasher()
    const followers = [own.follow(path), own.follow(path)] as const
    for (const follower of followers) follower.advance(100 * MIB)
    const outcomes = Promise.allSettled(followers.map((follower) => follower.digest()))
    followers[0].close()
    await own.stop()
    await own.stop()
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(() => own.follow(path)).toThrow('stopped')
  })
})
