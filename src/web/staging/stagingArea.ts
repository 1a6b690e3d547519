import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../shared/index.ts'
import { errnoOf, freeSpaceBytes, safeFileName } from '../../shared/node/index.ts'
import { diskFull, receiveInto } from './stagedUpload.ts'
import type { UploadTarget } from './stagedUpload.ts'

export interface StagingLimits {
  readonly maxFileBytes: number
  /** Never filled by uploads, so that databases and outputs can still be written. */
  readonly reserveBytes: number
}

export interface UploadRequest {
  /** 32 hex digits, made by the sender: names one upload across its tries. */
  readonly id: string
  readonly name: string
  readonly sizeBytes: number
  readonly offset: number
}

export type UploadResult =
  { readonly kind: 'stored'; readonly handle: string } | { readonly kind: 'partial'; readonly offset: number }

/** Files on their way from a browser to the studio. */
export interface StagingArea {
  /** Bytes that are there of an upload, 0 for an unknown one. */
  offsetOf(id: string): Promise<number>
  /**
   * Takes the next part of an upload; a newer try of the same one ends the older. Throws OFFSET_MISMATCH with the right
   * offset, FILE_TOO_LARGE, DISK_FULL, NAME_INVALID, LENGTH_MISMATCH.
   */
  receive(request: UploadRequest, body: AsyncIterable<Buffer> & { destroy(): void }): Promise<UploadResult>
  /** Forgets uploads of which no file is left, so that the same id starts anew. After a sweep. */
  readonly forgetMissing: () => void
}

interface Upload extends UploadTarget {
  readonly name: string
  handle?: string
  /** The try under way. */
  busy?: { readonly body: { destroy(): void }; readonly ended: Promise<unknown> }
}

export interface StagingDeps {
  readonly dir: string
  readonly limits: StagingLimits
  /** Makes a complete file known to the studio under the person's own name for it; answers its handle. */
  readonly register: (path: string, name: string) => string
}

export function createStagingArea({ dir, limits, register }: StagingDeps): StagingArea {
  const uploads = new Map<string, Upload>()

  const uploadOf = ({ id, name, sizeBytes }: UploadRequest): Upload => {
    const known = uploads.get(id)
    if (known !== undefined && (known.name !== name || known.sizeBytes !== sizeBytes)) {
      throw new AppError('OFFSET_MISMATCH', { message: 'the id belongs to another file', data: { offset: 0 } })
    }
    return (
      known ?? {
        name,
        sizeBytes,
        partPath: join(dir, `${id}.part`),
        finalPath: join(dir, id, safeFileName(name)),
      }
    )
  }

  const receiveNow = async (upload: Upload, offset: number, body: AsyncIterable<Buffer>): Promise<UploadResult> => {
    if (upload.handle !== undefined) return { kind: 'stored', handle: upload.handle }
    const present = await sizeOf(upload.partPath)
    if (present !== offset) throw new AppError('OFFSET_MISMATCH', { retryable: true, data: { offset: present } })
    const result = await receiveInto(upload, offset, body)
    if (result.kind === 'partial') return result
    upload.handle = register(upload.finalPath, upload.name)
    return { kind: 'stored', handle: upload.handle }
  }

  return {
    async offsetOf(id) {
      const upload = uploads.get(id)
      if (upload === undefined) return 0
      return upload.handle === undefined ? sizeOf(upload.partPath) : upload.sizeBytes
    },
    async receive(request, body) {
      await checkRoom(dir, request, limits)
      const upload = uploadOf(request)
      while (upload.busy !== undefined) {
        upload.busy.body.destroy()
        await upload.busy.ended
      }
      uploads.set(request.id, upload)
      const work = receiveNow(upload, request.offset, body)
      upload.busy = { body, ended: work.catch(() => undefined).finally(() => delete upload.busy) }
      return work
    },
    forgetMissing() {
      for (const [id, upload] of uploads) {
        const isThere = existsSync(upload.handle === undefined ? upload.partPath : upload.finalPath)
        if (!isThere && upload.busy === undefined) uploads.delete(id)
      }
    },
  }
}

async function checkRoom(dir: string, request: UploadRequest, limits: StagingLimits): Promise<void> {
  if (request.sizeBytes > limits.maxFileBytes) {
    const limit = `${String(Math.round(limits.maxFileBytes / 1024 ** 3))} GiB`
    throw new AppError('FILE_TOO_LARGE', { data: { limit } })
  }
  const free = await freeSpaceBytes(dir)
  if (free - limits.reserveBytes < request.sizeBytes - request.offset) throw diskFull(dir)
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0
    throw error
  }
}
