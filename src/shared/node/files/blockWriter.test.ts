import { describe, expect, it } from 'vitest'
import { createBlockWriter } from './blockWriter.ts'

/** Keeps copies: the writer uses its blocks again. */
function openDisk() {
  const written: Buffer[] = []
  let release: (() => void) | undefined
  let isSlow = false
  return {
    written,
    content: () => Buffer.concat(written).toString(),
    slowDown: () => {
      isSlow = true
    },
    /** Lets the write under way end. */
    release: () => release?.(),
    write: async (bytes: Uint8Array): Promise<void> => {
      if (isSlow) await new Promise<void>((resolve) => (release = resolve))
      written.push(Buffer.from(bytes))
    },
  }
}

describe('createBlockWriter', () => {
  it('gives the disk blocks of one size, in order, and the rest at the end', async () => {
    const disk = openDisk()
    const writer = createBlockWriter(disk.write, 4)
    for (const text of ['a', 'bc', 'defghijkl', '', 'm', 'no']) await writer.push(Buffer.from(text))
    await writer.flush()
    expect(disk.content()).toBe('abcdefghijklmno')
    expect(disk.written.map((bytes) => bytes.byteLength)).toEqual([4, 4, 4, 3])
    await writer.flush()
    expect(disk.written.length).toBe(4)
  })

  it('asks to wait only when both blocks are full, and copies what it took', async () => {
    const disk = openDisk()
    disk.slowDown()
    const writer = createBlockWriter(disk.write, 4)
    const chunk = Buffer.from('abcd')
    expect(writer.push(chunk)).toBeUndefined()
    chunk.fill('x')
    expect(writer.push(Buffer.from('efg'))).toBeUndefined()
    let isTaken = false
    const taken = writer.push(Buffer.from('hi'))?.then(() => (isTaken = true))
    expect(taken).toBeDefined()
    expect(isTaken).toBe(false)
    disk.release()
    await taken
    expect(disk.content()).toBe('abcd')
    const flushed = writer.flush()
    disk.release()
    // The second write, of what is left, begins after the first one ended.
    await new Promise((resolve) => setImmediate(resolve))
    disk.release()
    await flushed
    expect(disk.content()).toBe('abcdefghi')
  })

  it('tells a failed write to the next push and to flush, and writes nothing after it', async () => {
    const failure = new Error('disk full')
    let writes = 0
    const writer = createBlockWriter(async () => {
      writes += 1
      throw failure
    }, 2)
    await writer.push(Buffer.from('ab'))
    await expect(writer.flush()).rejects.toBe(failure)
    expect(() => writer.push(Buffer.from('c'))).toThrow(failure)
    await expect(writer.flush()).rejects.toBe(failure)
    expect(writes).toBe(1)
  })
})
