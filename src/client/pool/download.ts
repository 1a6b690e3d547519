import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { AppError } from '../../shared/index.ts'
import { createDigester, errnoOf, toWriteError } from '../../shared/node/index.ts'
import type { Digester } from '../../shared/node/index.ts'
import { readRefusal } from './answer.ts'
import { toNetworkError } from './httpRequest.ts'
import type { HttpConnections } from './httpRequest.ts'
import { persist } from './persist.ts'
import type { PersistOptions } from './persist.ts'
import type { DownloadRequest } from './port.ts'

export interface DownloadContext {
  readonly connections: HttpConnections
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
  try {
    const kept = mode === 'anew' ? 0 : (await file.stat()).size
    const isUsable = kept <= request.expected.sizeBytes
    const part = { file, digester: createDigester(), request }
    if (!isUsable || kept === 0) await file.truncate(0)
    else await digestFile(request.destTmpPath, part.digester)
    const target: Target = { ...part, retry: context.retry }
    await persist(context.retry, (moved) => fetchRest(context, target, moved))
    const digests = target.digester.digest()
    const { expected } = request
    return (
      digests.md5 === expected.md5 && digests.sha256 === expected.sha256 && digests.sizeBytes === expected.sizeBytes
    )
  } finally {
    await file.close()
  }
}

interface Target {
  readonly file: FileHandle
  digester: Digester
  readonly request: DownloadRequest
  readonly retry: PersistOptions
}

async function fetchRest(context: DownloadContext, target: Target, moved: () => void): Promise<void> {
  const { sizeBytes } = target.request.expected
  const from = target.digester.sizeBytes
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
  if (target.digester.sizeBytes < sizeBytes) {
    throw new AppError('GATEWAY_UNREACHABLE', { message: 'the answer ended early', retryable: true })
  }
}

async function take(response: IncomingMessage, target: Target, moved: () => void): Promise<void> {
  const { expected, onProgress, destTmpPath } = target.request
  const chunks: AsyncIterable<Buffer> = response
  try {
    for await (const chunk of chunks) {
      const position = target.digester.sizeBytes
      if (position + chunk.byteLength > expected.sizeBytes) {
        throw new AppError('DOWNLOAD_MISMATCH', { message: 'more bytes arrive than were announced' })
      }
      await writeAll(target.file, chunk, position, destTmpPath)
      target.digester.update(chunk)
      moved()
      onProgress?.(target.digester.sizeBytes, expected.sizeBytes)
    }
  } catch (error) {
    throw toNetworkError(error, target.retry.signal)
  }
}

async function writeAll(file: FileHandle, chunk: Buffer, position: number, path: string): Promise<void> {
  let done = 0
  try {
    while (done < chunk.byteLength) {
      done += (await file.write(chunk, done, chunk.byteLength - done, position + done)).bytesWritten
    }
  } catch (error) {
    throw toWriteError(error, path)
  }
}

async function restart(target: Target): Promise<void> {
  await target.file.truncate(0)
  target.digester = createDigester()
}

async function digestFile(path: string, digester: Digester): Promise<void> {
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1024 * 1024 })
  for await (const chunk of chunks) digester.update(chunk)
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
