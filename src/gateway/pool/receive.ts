import { constants } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createDigester, errnoOf } from '../../shared/node/index.ts'
import type { FileDigests } from '../../shared/node/index.ts'
import { diskFull, tooLarge } from './space.ts'

/** Bytes gathered before they go to the disk: a socket gives 64 KiB at a time. */
export const WRITE_BATCH_BYTES = 1024 * 1024

export const CREATE_FLAGS = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW

/** Writes `source` to a new file and hashes it on the way; on any failure the file is gone. */
export async function receiveFile(path: string, source: Readable, maxBytes: number): Promise<FileDigests> {
  const handle = await open(path, CREATE_FLAGS, 0o600)
  try {
    return await receiveInto(handle, source, maxBytes)
  } catch (error) {
    await rm(path, { force: true })
    throw errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT' ? diskFull(error) : error
  } finally {
    await handle.close()
  }
}

async function receiveInto(handle: FileHandle, source: Readable, maxBytes: number): Promise<FileDigests> {
  const digester = createDigester()
  let batch: Buffer[] = []
  let batchBytes = 0
  const flush = async (): Promise<void> => {
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
