import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { randomHex } from '../../../shared/index.ts'
import type { PoolPort } from '../../pool/port.ts'
import { toPoolWriteError } from '../../pool/space.ts'

/** Keeps a file of a form until it is known what it is, for clients that send the file before they say so. */
export class Spool {
  readonly #dir: string
  readonly #pool: Pick<PoolPort, 'checkSpace'>
  readonly #path: string
  #isUsed = false
  #source: Readable | undefined

  constructor(dir: string, pool: Pick<PoolPort, 'checkSpace'>) {
    this.#dir = dir
    this.#pool = pool
    this.#path = join(dir, `${randomHex(16)}.part`)
  }

  async take(source: Readable): Promise<void> {
    try {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 })
      this.#isUsed = true
      const file = createWriteStream(this.#path, { flags: 'wx', mode: 0o600 })
      await pipeline(source, (chunks: AsyncIterable<Buffer>) => this.#checked(chunks), file)
    } catch (error) {
      throw toPoolWriteError(error)
    }
  }

  /** What waits here is on the same disk as the pool and the database. */
  async *#checked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      await this.#pool.checkSpace(chunk.byteLength)
      yield chunk
    }
  }

  /** What was taken, to be read once and until `drop`. */
  open(): Readable | undefined {
    if (!this.#isUsed) return undefined
    this.#source = createReadStream(this.#path)
    // It may break before anybody listens; whoever reads it later is told all the same.
    this.#source.on('error', () => undefined)
    return this.#source
  }

  /** Also after the file was refused unread: a disk gives back a file's room only when nobody has it open. */
  async drop(): Promise<void> {
    this.#source?.destroy()
    if (this.#isUsed) await rm(this.#path, { force: true })
  }
}
