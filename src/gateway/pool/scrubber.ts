import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { delay } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { errnoOf } from '../../shared/node/index.ts'
import type { PoolFile } from '../../protocol/files/index.ts'

const BLOCK_BYTES = 1024 ** 2

export interface ScrubPace {
  readonly clock: Clock
  /** Rest after each block of 1 MiB: 50 ms leave a disk and this thread to everybody else. */
  readonly restMs: number
  readonly signal: AbortSignal
}

export type ScrubOutcome = 'whole' | 'damaged' | 'missing'

/** Reads a stored file slowly and compares both its digests with what it is called. What cannot be read is damaged. */
export async function scrubFile(path: string, file: PoolFile, pace: ScrubPace): Promise<ScrubOutcome> {
  try {
    const digests = await digestsOf(path, pace)
    return digests.md5 === file.md5 && digests.sha256 === file.sha256 ? 'whole' : 'damaged'
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'missing'
    if (errnoOf(error) === 'EIO') return 'damaged'
    throw error
  }
}

async function digestsOf(path: string, pace: ScrubPace): Promise<{ readonly md5: string; readonly sha256: string }> {
  const handle = await open(path, 'r')
  const [md5, sha256] = [createHash('md5'), createHash('sha256')]
  const block = Buffer.allocUnsafe(BLOCK_BYTES)
  try {
    for (;;) {
      const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, null)
      if (bytesRead === 0) break
      const read = block.subarray(0, bytesRead)
      md5.update(read)
      sha256.update(read)
      await delay(pace.clock, pace.restMs, pace.signal)
    }
  } finally {
    await handle.close()
  }
  return { md5: md5.digest('hex'), sha256: sha256.digest('hex') }
}
