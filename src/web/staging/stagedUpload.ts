import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../shared/index.ts'
import { ensureDir, errnoOf, shortFolder, toFileError } from '../../shared/node/index.ts'

export interface UploadTarget {
  readonly partPath: string
  readonly finalPath: string
  readonly sizeBytes: number
}

export type ReceiveResult = { readonly kind: 'complete' } | { readonly kind: 'partial'; readonly offset: number }

/**
 * Appends a body to the part that is there, and gives the file its name once it has its size. What arrived before a
 * connection broke is kept. Throws LENGTH_MISMATCH (nothing is kept), DISK_FULL (nothing is kept), or the reason the
 * body ended with.
 */
export async function receiveInto(
  target: UploadTarget,
  offset: number,
  body: AsyncIterable<Buffer>,
): Promise<ReceiveResult> {
  await ensureDir(dirname(target.partPath), 0o700)
  let position = offset
  try {
    const handle = await open(target.partPath, 'a', 0o600)
    try {
      for await (const chunk of body) {
        position += chunk.byteLength
        if (position > target.sizeBytes) throw new AppError('LENGTH_MISMATCH')
        await writeAll(chunk, (rest) => handle.write(rest))
      }
    } finally {
      await handle.close()
    }
    if (position < target.sizeBytes) return { kind: 'partial', offset: position }
    await ensureDir(dirname(target.finalPath), 0o700)
    await rename(target.partPath, target.finalPath)
    return { kind: 'complete' }
  } catch (error) {
    throw await afterFailure(target, error)
  }
}

async function writeAll(
  chunk: Buffer,
  write: (rest: Buffer) => Promise<{ readonly bytesWritten: number }>,
): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) {
    const { bytesWritten } = await write(chunk.subarray(done))
    done += bytesWritten
  }
}

async function afterFailure(target: UploadTarget, error: unknown): Promise<unknown> {
  const failure = toStagingError(error, target.partPath)
  const isUseless = failure instanceof AppError && (failure.code === 'DISK_FULL' || failure.code === 'LENGTH_MISMATCH')
  if (isUseless) await rm(target.partPath, { force: true })
  return failure
}

/** Errors of the disk get their code; why the connection ended is the caller's to judge. */
function toStagingError(error: unknown, path: string): unknown {
  const errno = errnoOf(error)
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return diskFull(dirname(path), error)
  const isConnection = errno === undefined || errno === 'ECONNRESET' || errno === 'ABORT_ERR'
  return isConnection ? error : toFileError(error, path)
}

export function diskFull(dir: string, cause?: unknown): AppError {
  return new AppError('DISK_FULL', { data: { where: shortFolder(dir) }, retryable: true, cause })
}
