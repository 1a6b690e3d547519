import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGrowingFileHasher } from '../../shared/node/index.ts'
import type { GrowingFileHasher } from '../../shared/node/index.ts'
import { receiveFile } from './receive.ts'
import { digestsOf, makeDataDir, removeDataDir } from './testing/openPool.ts'

const CONTENT = Buffer.from('some bytes of a voice')
const limits = { maxBytes: 1_000, checkSpace: () => Promise.resolve() }

let dir: string
let hasher: GrowingFileHasher
beforeEach(async () => {
  dir = await makeDataDir()
  hasher = createGrowingFileHasher()
})
afterEach(async () => {
  await hasher.stop()
  await removeDataDir(dir)
})

const receive = async (path: string) => {
  const follower = hasher.follow(path)
  const outcome = await receiveFile(path, Readable.from([CONTENT]), follower, limits).catch((error: unknown) => error)
  return { follower, outcome }
}

describe('receiving a file', () => {
  it('gives its digests, and follows it no longer', async () => {
    const path = join(dir, 'voice')
    const { follower, outcome } = await receive(path)
    expect(outcome).toEqual({ ...digestsOf(CONTENT), sizeBytes: CONTENT.byteLength })
    expect([await readFile(path), follower.hasFailed]).toEqual([CONTENT, true])
  })

  it('follows no file that cannot be made, and leaves one alone that is there', async () => {
    const missing = await receive(join(dir, 'no-folder', 'voice'))
    expect([missing.outcome, missing.follower.hasFailed]).toMatchObject([{ code: 'ENOENT' }, true])
    const path = join(dir, 'voice')
    await receive(path)
    const again = await receive(path)
    expect([again.outcome, again.follower.hasFailed]).toMatchObject([{ code: 'EEXIST' }, true])
    expect(await readFile(path)).toEqual(CONTENT)
  })
})
