import { randomFillSync } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeSpaceBytes } from '../../src/shared/node/index.ts'

export const MIB = 1024 * 1024
export const GIB = 1024 * MIB

const BLOCK_BYTES = 8 * MIB
/** Left free for everybody else on the disk. */
const SPARE_BYTES = 4 * GIB

export interface Scratch {
  readonly dir: string
  path(name: string): string
  remove(): Promise<void>
}

/** A folder of its own, gone when the script ends, however it ends. Throws when the disk has no room for `needBytes`. */
export async function makeScratch(needBytes: number): Promise<Scratch> {
  const free = await freeSpaceBytes(tmpdir())
  if (free < needBytes + SPARE_BYTES) {
    const [need, have] = [needBytes + SPARE_BYTES, free].map((bytes) => (bytes / GIB).toFixed(1))
    throw new Error(`this row needs ${need ?? ''} GiB free in ${tmpdir()}, there are ${have ?? ''}; try --quick`)
  }
  const dir = await mkdtemp(join(tmpdir(), 'dhs-bench-'))
  const removeNow = (): void => {
    rmSync(dir, { recursive: true, force: true })
  }
  process.once('exit', removeNow)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  return {
    dir,
    path: (name) => join(dir, name),
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

/** Bytes that no disk, link or hash can shorten, flushed, and left warm in the page cache. */
export async function writeRandomFile(path: string, sizeBytes: number): Promise<void> {
  const block = Buffer.allocUnsafe(BLOCK_BYTES)
  const file = await open(path, 'wx')
  try {
    for (let written = 0; written < sizeBytes;) {
      const part = block.subarray(0, Math.min(BLOCK_BYTES, sizeBytes - written))
      randomFillSync(part)
      written += (await file.write(part)).bytesWritten
    }
    await file.sync()
  } finally {
    await file.close()
  }
}
