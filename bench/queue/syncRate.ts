import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'

const BLOCK = Buffer.alloc(4_096, 1)
const BLOCKS_OF_FILE = 256

/** Seconds for `count` times one written block and one flush to the disk: what no durable one-by-one can beat. */
export function timeSyncs(path: string, count: number): number {
  const file = openSync(path, 'w')
  try {
    for (let block = 0; block < BLOCKS_OF_FILE; block += 1) writeSync(file, BLOCK)
    fdatasyncSync(file)
    const startedAt = performance.now()
    for (let write = 0; write < count; write += 1) {
      writeSync(file, BLOCK, 0, BLOCK.length, (write % BLOCKS_OF_FILE) * BLOCK.length)
      fdatasyncSync(file)
    }
    return (performance.now() - startedAt) / 1_000
  } finally {
    closeSync(file)
  }
}
