import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { AppError } from '../../shared/index.ts'
import { createBlockWriter, errnoOf, takeChunks, toWriteError, writeFully } from '../../shared/node/index.ts'
import type { BlockWriter, FileFollower, GrowingFileHasher } from '../../shared/node/index.ts'
import { readRefusal } from './answer.ts'
import { toNetworkError } from './httpRequest.ts'
import type { HttpConnections } from './httpRequest.ts'
import { persist } from './persist.ts'
import type { PersistOptions } from './persist.ts'
import type { DownloadRequest } from './port.ts'

const MAX_BEHIND_BYTES = 64 * 1024 * 1024

export interface DownloadContext {
  readonly connections: HttpConnections
  readonly hasher: GrowingFileHasher
  readonly headers: () => Readonly<Record<string, string>>
  readonly url: string
  readonly retry: PersistOptions
}

/** Fetches into `destTmpPath`, going on where the file ends, and verifies all of it. */
export async function downloadFile(context: DownloadContext, request: DownloadRequest): Promise<void> {
  const kept = await sizeOf(request.destTmpPath)
  const isVerified = await fetchWhole(context, request)
  if (isVerified) return
  // What an earlier life of the process left behind may be wrong; what came now in one piece is not tried again.
  if (kept > 0 && (await fetchWhole(context, request, 'anew'))) return
  throw new AppError('DOWNLOAD_MISMATCH', { message: 'the file that arrived is not the one that was announced' })
}

async function fetchWhole(context: DownloadContext, request: DownloadRequest, mode?: 'anew'): Promise<boolean> {
  const file = await openTarget(request.destTmpPath)
  const follow = (): FileFollower => context.hasher.follow(request.destTmpPath)
  const target: Target = { file, follow, follower: follow(), storedBytes: 0, request, retry: context.retry }
  try {
    const kept = mode === 'anew' ? 0 : (await file.stat()).size
    if (kept === 0 || kept > request.expected.sizeBytes) await file.truncate(0)
    else target.storedBytes = kept
    target.follower.advance(target.storedBytes)
    await persist(context.retry, (moved) => fetchRest(context, target, moved))
    const digests = await target.follower.digest()
    const { expected } = request
    return (
      digests.md5 === expected.md5 && digests.sha256 === expected.sha256 && digests.sizeBytes === expected.sizeBytes
    )
  } finally {
    target.follower.close()
    await file.close()
  }
}

interface Target {
  readonly file: FileHandle
  readonly follow: () => FileFollower
  follower: FileFollower
  /** What is on the disk, and goes into the digests. */
  storedBytes: number
  readonly request: DownloadRequest
  readonly retry: PersistOptions
}

async function fetchRest(context: DownloadContext, target: Target, moved: () => void): Promise<void> {
  const { sizeBytes } = target.request.expected
  const from = target.storedBytes
  if (from >= sizeBytes) return
  const { signal } = context.retry
  const response = await context.connections.send({
    method: 'GET',
    url: context.url,
    headers: { ...context.headers(), ...(from === 0 ? {} : { range: `bytes=${from}-` }) },
    ...(signal === undefined ? {} : { signal }),
  })
  if (response.statusCode === 416) {
    response.resume()
    await restart(target)
    throw new AppError('OFFSET_MISMATCH', { message: 'the file is shorter than what is here', retryable: true })
  }
  if (response.statusCode !== 200 && response.statusCode !== 206) throw await readRefusal(response)
  if (response.statusCode === 200 && from > 0) await restart(target)
  await take(response, target, moved)
  if (target.storedBytes < sizeBytes) {
    throw new AppError('GATEWAY_UNREACHABLE', { message: 'the answer ended early', retryable: true })
  }
}

async function take(response: IncomingMessage, target: Target, moved: () => void): Promise<void> {
  const { expected, onProgress } = target.request
  let takenBytes = target.storedBytes
  const writer = openWriter(target)
  try {
    await takeChunks(response, (chunk) => {
      takenBytes += chunk.byteLength
      if (takenBytes > expected.sizeBytes) {
        throw new AppError('DOWNLOAD_MISMATCH', { message: 'more bytes arrive than were announced' })
      }
      moved()
      onProgress?.(takenBytes, expected.sizeBytes)
      return writer.push(chunk)
    }).finally(() => writer.flush())
  } catch (error) {
    response.destroy()
    throw toNetworkError(error, target.retry.signal)
  }
}

/** Network, disk and digests work side by side; a network faster than the digests waits. */
function openWriter(target: Target): BlockWriter {
  const { file, follower, request } = target
  const maxBehindBytes = Math.max(MAX_BEHIND_BYTES, follower.behindBytes)
  return createBlockWriter(async (bytes) => {
    try {
      await writeFully(file, bytes, target.storedBytes)
    } catch (error) {
      throw toWriteError(error, request.destTmpPath)
    }
    target.storedBytes += bytes.byteLength
    follower.advance(target.storedBytes)
    await follower.behindAtMost(maxBehindBytes)
  })
}

async function restart(target: Target): Promise<void> {
  target.follower.close()
  await target.file.truncate(0)
  target.storedBytes = 0
  target.follower = target.follow()
}

async function openTarget(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw toWriteError(error, path)
  }
  try {
    return await open(path, 'wx+', 0o600)
  } catch (error) {
    throw toWriteError(error, path)
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}
