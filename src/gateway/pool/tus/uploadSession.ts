import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { AppError } from '../../../shared/index.ts'
import { createDigester, errnoOf } from '../../../shared/node/index.ts'
import type { Digester, FileDigests } from '../../../shared/node/index.ts'
import { WRITE_BATCH_BYTES, writeAll } from '../receive.ts'
import { toPoolWriteError } from '../space.ts'
import type { CheckSpace } from '../space.ts'

/** Bytes of one upload on the disk; 0 when nothing has arrived yet. */
async function storedBytes(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0
    throw error
  }
}

/**
 * Appends to the file of one upload. The digests of bytes that passed through this process are kept from request to
 * request; after a restart, or a failed write, they are unknown and the whole file is hashed at the end instead.
 */
export class UploadSession {
  readonly #path: string
  readonly #sizeBytes: number
  #digester: Digester | undefined
  #storedBytes: number

  private constructor(path: string, sizeBytes: number, stored: number) {
    this.#path = path
    this.#sizeBytes = sizeBytes
    this.#storedBytes = stored
    this.#digester = stored === 0 ? createDigester() : undefined
  }

  static async open(path: string, sizeBytes: number): Promise<UploadSession> {
    return new UploadSession(path, sizeBytes, await storedBytes(path))
  }

  get offset(): number {
    return this.#storedBytes
  }

  /** The digests of a complete file, when all of it went through this session. Ends the session. */
  digests(): FileDigests | undefined {
    const digests = this.#digester?.digest()
    this.#digester = undefined
    return digests
  }

  /**
   * Appends `source` until its end; what arrived before it broke is kept. Durable when it resolves or rejects.
   * Errors: LENGTH_MISMATCH for more bytes than were announced, DISK_FULL.
   */
  async append(source: Readable, checkSpace: CheckSpace): Promise<number> {
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW
    const handle = await open(this.#path, flags, 0o600)
    try {
      await this.#drain(handle, source, checkSpace).finally(() => handle.datasync())
    } catch (error) {
      throw toPoolWriteError(error)
    } finally {
      await handle.close()
    }
    return this.#storedBytes
  }

  async #drain(handle: FileHandle, source: Readable, checkSpace: CheckSpace): Promise<void> {
    let batch: Buffer[] = []
    let batchBytes = 0
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        if (this.#storedBytes + batchBytes + chunk.byteLength > this.#sizeBytes) throw lengthMismatch()
        batch.push(chunk)
        batchBytes += chunk.byteLength
        if (batchBytes < WRITE_BATCH_BYTES) continue
        await checkSpace(batchBytes)
        const full = batch
        batch = []
        batchBytes = 0
        await this.#write(handle, full)
      }
    } finally {
      if (batch.length > 0) await this.#write(handle, batch)
    }
  }

  async #write(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
    try {
      // The disk works while this thread hashes.
      const written = writeAll(handle, chunks)
      for (const chunk of chunks) this.#digester?.update(chunk)
      await written
      this.#storedBytes += chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    } catch (error) {
      this.#digester = undefined
      this.#storedBytes = await storedBytes(this.#path)
      throw toPoolWriteError(error)
    }
  }
}

function lengthMismatch(): AppError {
  return new AppError('LENGTH_MISMATCH', { message: 'more bytes than announced' })
}
