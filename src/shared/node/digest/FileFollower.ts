import { AppError } from '../../index.ts'
import { toFileError } from '../files/index.ts'
import type { FollowLane, LaneListener } from './FollowLane.ts'
import type { FileDigests } from './HashPair.ts'

/** So much is asked of a thread at once: a large file leaves room for others in between. */
const PIECE_BYTES = 8 * 1024 * 1024
/** Two, so that a thread has the next piece while this loop is busy with something else. */
const MAX_PIECES_UNDER_WAY = 2

/** How far one of the two digests is. */
interface Progress {
  readonly lane: FollowLane
  askedBytes: number
  hashedBytes: number
  piecesUnderWay: number
  isDigestAsked: boolean
  digest: string | undefined
}

interface Waiter {
  readonly isOver: () => boolean
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Both digests of one file that grows at its end. */
export class FileFollower {
  readonly #path: string
  readonly #id: number
  readonly #parts: readonly [md5: Progress, sha256: Progress]
  readonly #waiters = new Set<Waiter>()
  #sizeBytes = 0
  #isWhole = false
  #failure: Error | undefined

  constructor(path: string, id: number, lanes: readonly [md5: FollowLane, sha256: FollowLane]) {
    this.#path = path
    this.#id = id
    this.#parts = [this.#begin(lanes[0]), this.#begin(lanes[1])]
  }

  /** Bytes that are written, but not yet in both digests. */
  get behindBytes(): number {
    return this.#sizeBytes - Math.min(this.#parts[0].hashedBytes, this.#parts[1].hashedBytes)
  }

  /** Then it gives no digests any more; another one may be begun. */
  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** The first `sizeBytes` of the file are written and will not change any more. */
  advance(sizeBytes: number): void {
    this.#sizeBytes = Math.max(this.#sizeBytes, sizeBytes)
    this.#ask()
  }

  /** Resolves when no more than `bytes` are left to hash. Rejects with what made the digests impossible. */
  behindAtMost(bytes: number): Promise<void> | undefined {
    return this.behindBytes <= bytes && this.#failure === undefined
      ? undefined
      : this.#until(() => this.behindBytes <= bytes)
  }

  /** The digests of all that was told to be written. Ends the following. Rejects with FILE_* or INTERNAL. */
  async digest(): Promise<FileDigests> {
    this.#isWhole = true
    this.#ask()
    const [md5, sha256] = this.#parts
    await this.#until(() => md5.digest !== undefined && sha256.digest !== undefined)
    this.close()
    if (md5.digest === undefined || sha256.digest === undefined) throw this.#failure ?? ended()
    return { md5: md5.digest, sha256: sha256.digest, sizeBytes: this.#sizeBytes }
  }

  /** Gives up; who waits is told so. A second call does nothing. */
  close(): void {
    this.#fail(ended())
  }

  #begin(lane: FollowLane): Progress {
    const part: Progress = {
      ...{ lane, askedBytes: 0, hashedBytes: 0, piecesUnderWay: 0, isDigestAsked: false, digest: undefined },
    }
    lane.listen(this.#id, (answer) => {
      this.#receive(part, answer)
    })
    return part
  }

  #ask(): void {
    if (this.#failure !== undefined) return
    for (const part of this.#parts) {
      while (part.askedBytes < this.#sizeBytes && part.piecesUnderWay < MAX_PIECES_UNDER_WAY) {
        part.askedBytes = Math.min(this.#sizeBytes, part.askedBytes + PIECE_BYTES)
        part.piecesUnderWay += 1
        part.lane.ask({ kind: 'hash', id: this.#id, path: this.#path, toBytes: part.askedBytes })
      }
      if (this.#isWhole && !part.isDigestAsked && part.askedBytes === this.#sizeBytes) {
        part.isDigestAsked = true
        part.lane.ask({ kind: 'digest', id: this.#id })
      }
    }
  }

  #receive(part: Progress, answer: Parameters<LaneListener>[0]): void {
    switch (answer.kind) {
      case 'hashed':
        part.hashedBytes = answer.hashedBytes
        part.piecesUnderWay -= 1
        this.#ask()
        break
      case 'digest':
        part.digest = answer.digest
        break
      case 'broken':
        this.#fail(AppError.from(answer.error))
        return
      case 'failed':
        this.#fail(toFileError(Object.assign(new Error(answer.message), { code: answer.errno }), this.#path))
        return
    }
    for (const waiter of [...this.#waiters]) if (waiter.isOver()) this.#release(waiter)
  }

  #until(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure)
      else if (isOver()) resolve()
      else this.#waiters.add({ isOver, resolve, reject })
    })
  }

  #release(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    waiter.resolve()
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    for (const { lane } of this.#parts) lane.drop(this.#id)
    for (const waiter of this.#waiters) waiter.reject(error)
    this.#waiters.clear()
  }
}

function ended(): AppError {
  return new AppError('INTERNAL', { message: 'the file is not followed any more' })
}
