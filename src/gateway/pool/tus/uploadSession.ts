import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { AppError, faultPoint } from '../../../shared/index.ts'
import { errnoOf } from '../../../shared/node/index.ts'
import type { FileDigests, FileFollower, GrowingFileHasher } from '../../../shared/node/index.ts'
import { appendStream } from '../receive.ts'
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
 * Appends to the file of one upload, with its digests taken meanwhile and kept from request to request. After a restart
 * they begin anew with what is on the disk, beside the bytes that still come.
 */
export class UploadSession {
  /** When bytes came last, Unix milliseconds; kept by whoever appends. */
  touchedMs = 0
  readonly #path: string
  readonly #sizeBytes: number
  readonly #hasher: GrowingFileHasher
  #follower: FileFollower | undefined
  #storedBytes: number
  #isAppending = false

  private constructor(path: string, sizeBytes: number, stored: number, hasher: GrowingFileHasher) {
    this.#path = path
    this.#sizeBytes = sizeBytes
    this.#storedBytes = stored
    this.#hasher = hasher
  }

  static async open(path: string, sizeBytes: number, hasher: GrowingFileHasher): Promise<UploadSession> {
    return new UploadSession(path, sizeBytes, await storedBytes(path), hasher)
  }

  get offset(): number {
    return this.#storedBytes
  }

  /** While bytes come its digests are needed. */
  get isAppending(): boolean {
    return this.#isAppending
  }

  /** The digests of what is on the disk. Ends the session. */
  digests(): Promise<FileDigests> {
    return this.#follow().digest()
  }

  /** Gives up the digests; the bytes stay. */
  close(): void {
    this.#follower?.close()
    this.#follower = undefined
  }

  /**
   * Appends `source` until its end; what arrived before it broke is kept. Durable when it resolves or rejects.
   * Errors: LENGTH_MISMATCH for more bytes than were announced, DISK_FULL.
   */
  async append(source: Readable, checkSpace: CheckSpace): Promise<number> {
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW
    const handle = await open(this.#path, flags, 0o600)
    this.#isAppending = true
    try {
      faultPoint('upload.tmp_open')
      await appendStream(source, {
        ...{ handle, follower: this.#follow(), checkSpace, refuse: lengthMismatch },
        fromBytes: this.#storedBytes,
        maxBytes: this.#sizeBytes,
        onWritten: (sizeBytes) => {
          this.#storedBytes = sizeBytes
        },
      }).finally(() => handle.datasync())
    } catch (error) {
      // A failed write may have left a part of its bytes.
      this.#storedBytes = await storedBytes(this.#path)
      throw toPoolWriteError(error)
    } finally {
      this.#isAppending = false
      await handle.close()
    }
    return this.#storedBytes
  }

  #follow(): FileFollower {
    if (this.#follower === undefined || this.#follower.hasFailed) this.#follower = this.#hasher.follow(this.#path)
    this.#follower.advance(this.#storedBytes)
    return this.#follower
  }
}

function lengthMismatch(): AppError {
  return new AppError('LENGTH_MISMATCH', { message: 'more bytes than announced' })
}
