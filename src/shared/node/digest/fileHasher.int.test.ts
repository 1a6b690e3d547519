import { createHash } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Worker } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../index.ts'
import { createFileHasher } from './fileHasher.ts'
import type { FileHasher } from './fileHasher.ts'
import { SLOT_BYTES, SLOT_COUNT } from './hashRing.ts'

let dir: string
let hasher: FileHasher
beforeAll(() => {
  hasher = createFileHasher()
})
afterAll(() => hasher.stop())
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-digest-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

function makeFile(name: string, sizeBytes: number): { path: string; content: Buffer } {
  const content = Buffer.alloc(sizeBytes)
  for (let offset = 0; offset + 4 <= sizeBytes; offset += 4096)
    content.writeUInt32LE((offset * 2_654_435_761) % 2 ** 32, offset)
  const path = join(dir, name)
  writeFileSync(path, content)
  return { path, content }
}

const digestOf = (algorithm: string, content: Uint8Array): string => createHash(algorithm).update(content).digest('hex')

describe('createFileHasher', () => {
  it.each([0, 1, SLOT_BYTES - 1, SLOT_BYTES, SLOT_BYTES + 1, SLOT_BYTES * SLOT_COUNT * 3 + 7])(
    'gives both digests of %i bytes',
    async (sizeBytes) => {
      const { path, content } = makeFile('file', sizeBytes)
      expect(await hasher.hash(path)).toEqual({
        md5: digestOf('md5', content),
        sha256: digestOf('sha256', content),
        sizeBytes,
      })
    },
  )

  it('hashes many files asked for at once, each correctly', async () => {
    const files = Array.from({ length: 12 }, (_, index) => makeFile(`file${String(index)}`, 3_000_000 + index))
    const digests = await Promise.all(files.map(({ path }) => hasher.hash(path)))
    expect(digests.map(({ md5 }) => md5)).toEqual(files.map(({ content }) => digestOf('md5', content)))
  })

  it('reports progress that ends at the size, and leaves the calling thread free', async () => {
    const { path, content } = makeFile('big', 200_000_000)
    const seen: number[] = []
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await hasher.hash(path, { onProgress: (hashedBytes) => seen.push(hashedBytes) })
    delay.disable()
    expect(seen.at(-1)).toBe(content.length)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    // Generous for a loaded machine; hashing in this thread would show as hundreds of milliseconds.
    expect(delay.percentile(50) / 1e6).toBeLessThan(20)
  })

  it('stops on abort with the caller’s reason, and works on', async () => {
    const { path, content } = makeFile('big', 100_000_000)
    const controller = new AbortController()
    const reason = new Error('changed my mind')
    const hashing = hasher.hash(path, { signal: controller.signal })
    controller.abort(reason)
    await expect(hashing).rejects.toBe(reason)
    expect(await hasher.hash(path)).toMatchObject({ md5: digestOf('md5', content) })
  })

  it('lets a waiting caller leave the line', async () => {
    const { path } = makeFile('big', 50_000_000)
    const controller = new AbortController()
    const first = hasher.hash(path)
    const second = hasher.hash(path, { signal: controller.signal })
    controller.abort(new Error('no longer'))
    await expect(second).rejects.toThrow('no longer')
    await expect(first).resolves.toMatchObject({ sizeBytes: 50_000_000 })
  })

  it.each([
    [
      'grows',
      (path: string) => {
        appendFileSync(path, 'x')
      },
    ],
    [
      'shrinks',
      (path: string) => {
        truncateSync(path, 1000)
      },
    ],
    [
      'is replaced',
      (path: string) => {
        rmSync(path)
        writeFileSync(path, 'other')
      },
    ],
  ])('says INPUT_CHANGED when the file %s meanwhile', async (_how, change) => {
    const { path } = makeFile('big', 150_000_000)
    let isChanged = false
    const hashing = hasher.hash(path, {
      onProgress: () => {
        if (!isChanged) change(path)
        isChanged = true
      },
    })
    await expect(hashing).rejects.toMatchObject({ code: 'INPUT_CHANGED' })
  })

  it('names what is not there or not a file', async () => {
    await expect(hasher.hash(join(dir, 'missing'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(hasher.hash(dir)).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    await expect(hasher.hash('/dev/zero')).rejects.toMatchObject({ code: 'NOT_A_FILE' })
  })

  it('ends threads that rest, and starts others when there is work again', async () => {
    const started: Worker[] = []
    const onStart = (message: unknown): void => {
      started.push((message as { readonly worker: Worker }).worker)
    }
    subscribe('worker_threads', onStart)
    const clock = createFakeClock()
    const own = createFileHasher({ clock })
    try {
      const { path, content } = makeFile('small', 1000)
      await own.hash(path)
      clock.advance(4_000)
      await own.hash(path)
      clock.advance(4_000)
      expect([started.length, clock.pendingTimers]).toEqual([2, 1])
      const ended = Promise.all(started.map((thread) => once(thread, 'exit')))
      clock.advance(1_000)
      await ended
      expect(await own.hash(path)).toMatchObject({ md5: digestOf('md5', content) })
      expect(started.length).toBe(4)
    } finally {
      unsubscribe('worker_threads', onStart)
      await own.stop()
    }
    expect(clock.pendingTimers).toBe(0)
  })

  it.each(['read', 'md5'])('ends the other thread when the one for %s cannot start', async (role) => {
    const exits: Promise<unknown>[] = []
    const onStart = (message: unknown): void => {
      const { worker } = message as { readonly worker: Worker }
      exits.push(new Promise((resolve) => worker.once('exit', resolve)))
    }
    const script = `
      import { workerData } from 'node:worker_threads'
      if (workerData.role === ${JSON.stringify(role)}) throw new Error('no descriptor is free')
      await import(${JSON.stringify(new URL('./hashThread.ts', import.meta.url).href)})`
    const threadUrl = new URL(`data:text/javascript,${encodeURIComponent(script)}`)
    const own = createFileHasher({ threadUrl })
    subscribe('worker_threads', onStart)
    try {
      const { path } = makeFile('big', SLOT_BYTES * SLOT_COUNT * 2)
      await expect(own.hash(path)).rejects.toMatchObject({ code: 'INTERNAL', message: 'no descriptor is free' })
      expect(exits).toHaveLength(2)
      await Promise.all(exits)
    } finally {
      unsubscribe('worker_threads', onStart)
      await own.stop()
    }
  })

  it('rejects what runs and what waits when it is stopped', async () => {
    const { path } = makeFile('big', 100_000_000)
    const own = createFileHasher()
    const outcomes = Promise.allSettled([own.hash(path), own.hash(path)])
    await own.stop()
    await own.stop()
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(own.hash(path)).rejects.toMatchObject({ code: 'INTERNAL' })
  })
})
