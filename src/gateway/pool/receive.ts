import { constants } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { AppError, faultPoint } from '../../shared/index.ts'
import { createBlockWriter, takeChunks, writeFully } from '../../shared/node/index.ts'
import type { FileDigests, FileFollower } from '../../shared/node/index.ts'
import type { DeclaredFile } from './port.ts'
import { tooLarge, toPoolWriteError } from './space.ts'
import type { CheckSpace } from './space.ts'

const CREATE_FLAGS = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW

/** A sender faster than the digests waits, so that the end of a file does not come long after its last byte. */
const MAX_BEHIND_BYTES = 64 * 1024 * 1024

export interface ReceiveLimits {
  readonly maxBytes: number
  readonly checkSpace: CheckSpace
}

export interface AppendTarget {
  readonly handle: FileHandle
  readonly follower: FileFollower
  readonly checkSpace: CheckSpace
  /** Size of the file now. */
  readonly fromBytes: number
  /** Size it may reach; with the first byte more, `refuse` tells what is thrown. */
  readonly maxBytes: number
  readonly refuse: () => Error
  readonly onWritten?: (sizeBytes: number) => void
}

/** Writes `source` to a new file and hashes it on the way; on any failure the file is gone. Closes the follower. */
export async function receiveFile(
  path: string,
  source: Readable,
  follower: FileFollower,
  limits: ReceiveLimits,
): Promise<FileDigests> {
  try {
    const handle = await open(path, CREATE_FLAGS, 0o600)
    try {
      return await receiveInto(handle, source, follower, limits)
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw toPoolWriteError(error)
  } finally {
    follower.close()
  }
}

async function receiveInto(
  handle: FileHandle,
  source: Readable,
  follower: FileFollower,
  { maxBytes, checkSpace }: ReceiveLimits,
): Promise<FileDigests> {
  faultPoint('upload.tmp_open')
  const refuse = (): Error => tooLarge(maxBytes)
  await appendStream(source, { handle, follower, checkSpace, fromBytes: 0, maxBytes, refuse })
  return follower.digest()
}

/**
 * Appends until the source ends; what arrived before a failure is written all the same. Network, disk and digests work
 * side by side, and this thread only copies.
 */
export async function appendStream(source: Readable, target: AppendTarget): Promise<void> {
  const { handle, follower, checkSpace, maxBytes } = target
  let takenBytes = target.fromBytes
  let writtenBytes = target.fromBytes
  // A file taken up after a restart is behind by all it had: that must not stop its sender.
  const maxBehindBytes = Math.max(MAX_BEHIND_BYTES, follower.behindBytes)
  const writer = createBlockWriter(async (bytes) => {
    await checkSpace(bytes.byteLength)
    await writeFully(handle, bytes, null)
    writtenBytes += bytes.byteLength
    faultPoint('upload.chunk_written')
    follower.advance(writtenBytes)
    target.onWritten?.(writtenBytes)
    await follower.behindAtMost(maxBehindBytes)
  })
  try {
    await takeChunks(source, (chunk) => {
      takenBytes += chunk.byteLength
      if (takenBytes > maxBytes) throw target.refuse()
      return writer.push(chunk)
    })
  } finally {
    await writer.flush()
  }
}

/** Throws LENGTH_MISMATCH or HASH_MISMATCH when another file came than was announced. */
export function assertAsDeclared(declared: DeclaredFile, found: FileDigests): void {
  if (declared.sizeBytes !== undefined && declared.sizeBytes !== found.sizeBytes) {
    throw new AppError('LENGTH_MISMATCH', { message: 'another length than announced' })
  }
  const { md5 = found.md5, sha256 = found.sha256 } = declared
  if (md5 !== found.md5 || sha256 !== found.sha256) {
    faultPoint('upload.chunk_hash_bad')
    throw new AppError('HASH_MISMATCH', { message: 'another hash than announced' })
  }
}
