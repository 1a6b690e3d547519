import { constants } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createDigester } from '../../shared/node/index.ts'
import type { FileDigests } from '../../shared/node/index.ts'
import { tooLarge, toPoolWriteError } from './space.ts'
import type { CheckSpace } from './space.ts'

/** Bytes gathered before they go to the disk: a socket gives 64 KiB at a time. */
export const WRITE_BATCH_BYTES = 1024 * 1024

const CREATE_FLAGS = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW

export interface ReceiveLimits {
  readonly maxBytes: number
  readonly checkSpace: CheckSpace
}

/** Writes `source` to a new file and hashes it on the way; on any failure the file is gone. */
export async function receiveFile(path: string, source: Readable, limits: ReceiveLimits): Promise<FileDigests> {
  const handle = await open(path, CREATE_FLAGS, 0o600)
  try {
    return await receiveInto(handle, source, limits)
  } catch (error) {
    await rm(path, { force: true })
    throw toPoolWriteError(error)
  } finally {
    await handle.close()
  }
}

async function receiveInto(handle: FileHandle, source: Readable, limits: ReceiveLimits): Promise<FileDigests> {
  const { maxBytes, checkSpace } = limits
  const digester = createDigester()
  let batch: Buffer[] = []
  let batchBytes = 0
  const flush = async (): Promise<void> => {
    await checkSpace(batchBytes)
    const full = batch
    batch = []
    batchBytes = 0
    // The disk works while this thread hashes.
    const written = writeAll(handle, full)
    for (const chunk of full) digester.update(chunk)
    await written
  }
  for await (const chunk of source as AsyncIterable<Buffer>) {
    batch.push(chunk)
    batchBytes += chunk.byteLength
    if (digester.sizeBytes + batchBytes > maxBytes) throw tooLarge(maxBytes)
    if (batchBytes >= WRITE_BATCH_BYTES) await flush()
  }
  await flush()
  return digester.digest()
}

/** `writev` may stop half-way without an error: what is left goes again. */
export async function writeAll(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  let rest = [...chunks]
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest)
    rest = dropBytes(rest, bytesWritten)
  }
}

function dropBytes(chunks: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes
  return chunks.flatMap((chunk) => {
    const from = Math.min(skip, chunk.byteLength)
    skip -= from
    return from === chunk.byteLength ? [] : [chunk.subarray(from)]
  })
}
