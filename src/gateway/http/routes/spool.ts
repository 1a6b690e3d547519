import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { randomHex } from '../../../shared/index.ts'
import { toPoolWriteError } from '../../pool/space.ts'

/** Keeps a file of a form until it is known what it is, for clients that send the file before they say so. */
export class Spool {
  readonly #dir: string
  readonly #path: string
  #isUsed = false

  constructor(dir: string) {
    this.#dir = dir
    this.#path = join(dir, `${randomHex(16)}.part`)
  }

  async take(source: Readable): Promise<void> {
    try {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 })
      this.#isUsed = true
      await pipeline(source, createWriteStream(this.#path, { flags: 'wx', mode: 0o600 }))
    } catch (error) {
      throw toPoolWriteError(error)
    }
  }

  open(): Readable | undefined {
    return this.#isUsed ? createReadStream(this.#path) : undefined
  }

  async drop(): Promise<void> {
    if (this.#isUsed) await rm(this.#path, { force: true })
  }
}
