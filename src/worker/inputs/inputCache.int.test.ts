import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PoolClient } from '../../client/index.ts'
import type { JobInput } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { md5Of, sha256Of } from '../testing/poolServer.ts'
import { createInputCache } from './inputCache.ts'
import type { InputCache } from './inputCache.ts'

const BYTES = Buffer.from('a voice')
const INPUT: JobInput = {
  ...{ role: 'audio', ext: '.wav', url: '/voice' },
  ...{ md5: md5Of(BYTES), sha256: sha256Of(BYTES), size: BYTES.byteLength },
}
const NEVER = new AbortController().signal

describe('the input cache', () => {
  let dir = ''
  const clock = createFakeClock()
  let cache: InputCache
  let fetches = 0
  const pool: PoolClient = {
    download: async ({ destTmpPath, onProgress }) => {
      fetches += 1
      onProgress?.(BYTES.byteLength, BYTES.byteLength)
      writeFileSync(destTmpPath, BYTES)
    },
    has: () => Promise.resolve(new Set()),
    upload: () => Promise.reject(new Error('nothing is uploaded here')),
    close: () => undefined,
  }
  const acquire = () => cache.acquire(INPUT, { pool, signal: NEVER })

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-cache-'))
    fetches = 0
    cache = createInputCache({ dir, limitBytes: 1_000_000, clock })
  })
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  it('takes the content under every ending, and what was only begun, and nothing else', async () => {
    const mine = [`${INPUT.sha256}.wav`, `${INPUT.sha256}.m4a`, `${INPUT.sha256}.mp3.part`]
    const others = [`${'0'.repeat(64)}.wav`, `${'1'.repeat(64)}.mp4.part`]
    for (const name of [...mine, ...others]) writeFileSync(join(dir, name), BYTES)
    expect(await cache.remove([INPUT.sha256], NEVER)).toEqual([])
    expect(readdirSync(dir).toSorted()).toEqual(others)
    expect(await cache.remove([INPUT.sha256], NEVER)).toEqual([])
  })

  it('is done when there is no cache yet', async () => {
    rmSync(dir, { recursive: true })
    expect(await cache.remove([INPUT.sha256], NEVER)).toEqual([])
  })

  it('waits for the run that uses it', async () => {
    const input = await acquire()
    const removed = cache.remove([INPUT.sha256], NEVER)
    expect(readdirSync(dir)).toHaveLength(1)
    input.release()
    expect(await removed).toEqual([])
    expect(readdirSync(dir)).toEqual([])
    expect(clock.pendingTimers).toBe(0)
  })

  it('says so when a run keeps it for long, and leaves it', async () => {
    const input = await acquire()
    const removed = cache.remove([INPUT.sha256], NEVER)
    await vi.waitFor(() => {
      expect(clock.pendingTimers).toBe(1)
    })
    clock.advance(30_000)
    expect(await removed).toEqual([INPUT.sha256])
    expect(readdirSync(dir)).toHaveLength(1)
    input.release()
  })

  it('tells all who wait for a file how much of it is here, not only the one that fetches it', async () => {
    const told = new Set<string>()
    // The second may come to the cache late, as on a busy machine: bytes go on arriving until both have heard of them.
    const slowly: PoolClient = {
      ...pool,
      download: async (file) => {
        await vi.waitFor(() => {
          file.onProgress?.(1, BYTES.byteLength)
          expect(told).toEqual(new Set(['first: 1', 'second: 1']))
        })
        await pool.download(file)
      },
    }
    const acquireAs = (who: string) =>
      cache.acquire(INPUT, { pool: slowly, signal: NEVER, onProgress: (bytes) => void told.add(`${who}: ${bytes}`) })
    for (const input of await Promise.all([acquireAs('first'), acquireAs('second')])) input.release()
    const { byteLength } = BYTES
    expect([told, fetches]).toEqual([
      new Set(['first: 1', 'second: 1', `first: ${byteLength}`, `second: ${byteLength}`]),
      1,
    ])
  })

  it('never takes a file from whoever asks for it at the same time', async () => {
    for (let round = 0; round < 50; round++) {
      const [first, , second] = await Promise.all([
        acquire(),
        cache.remove([INPUT.sha256], AbortSignal.abort()).catch(() => undefined),
        acquire(),
      ])
      expect(readdirSync(dir)).toEqual([`${INPUT.sha256}.wav`])
      first.release()
      second.release()
      await Promise.all([
        cache.remove([INPUT.sha256], NEVER),
        acquire().then((input) => {
          input.release()
        }),
      ])
    }
    expect(fetches).toBeGreaterThan(1)
  })
})
