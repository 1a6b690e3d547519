import { lstatSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { errnoOf } from '../../shared/node/index.ts'
import type { FileDigests } from '../../shared/node/index.ts'
import type { KeyedLock } from './keyedLock.ts'
import type { PoolFolders } from './poolFolders.ts'
import type { IndexedFile, PoolIndex } from './poolIndex.ts'
import type { WhyGone } from './port.ts'
import { scrubFile } from './scrubber.ts'
import type { ScrubPace } from './scrubber.ts'

export interface DiskCopiesDeps {
  readonly folders: PoolFolders
  readonly index: PoolIndex
  readonly clock: Clock
  /** Whoever stores or discards a file holds its lock, under `lockOf`. */
  readonly locks: KeyedLock
  /** Of the first `sizeBytes`, off this thread. */
  readonly digestsOf: (path: string, sizeBytes: number) => Promise<FileDigests>
}

type Look = 'intact' | 'altered' | 'missing'

export function lockOf(tenant: string, { md5 }: { readonly md5: string }): string {
  return `${tenant}/${md5}`
}

/** Whether the files on the disk are still what the index says; what was altered is put aside and forgotten. */
export class DiskCopies {
  readonly #deps: DiskCopiesDeps

  constructor(deps: DiskCopiesDeps) {
    this.#deps = deps
  }

  /** False when it was not, and is not in the index any more, so that it can be uploaded again. */
  async isIntact(tenant: string, file: IndexedFile): Promise<boolean> {
    if (this.#glance(tenant, file) === 'intact') return true
    return this.#lookAgain(tenant, file, (current) => this.look(tenant, current))
  }

  /**
   * By size, time and kind; where only the time is another one, as after a restore, by its bytes: then that is its time
   * from now on. The caller holds the file's lock.
   */
  async look(tenant: string, file: IndexedFile): Promise<Look> {
    const seen = this.#glance(tenant, file)
    if (typeof seen === 'string') return seen
    if (!(await this.#isWhatItIsCalled(tenant, file))) return 'altered'
    const again = this.#glance(tenant, { ...file, ...seen })
    if (again !== 'intact') return typeof again === 'string' ? again : 'altered'
    this.#deps.index.noteTime(tenant, file.md5, seen.mtimeMs, this.#deps.clock.now())
    return 'intact'
  }

  /** By its bytes. */
  async scrub(tenant: string, file: IndexedFile, pace: ScrubPace): Promise<void> {
    const { index, folders, clock } = this.#deps
    // Whatever comes of it, the next one has its turn.
    index.noteChecked(tenant, file.md5, clock.now())
    if (!(await this.isIntact(tenant, file))) return
    const { mtimeMs: readMs } = index.find(tenant, file.md5) ?? file
    const outcome = await scrubFile(folders.file(tenant, file.sha256), file, pace)
    if (outcome !== 'damaged') return
    // One that was uploaded anew while this one was read is another file on the disk.
    await this.#lookAgain(tenant, file, async ({ mtimeMs }) => (mtimeMs === readMs ? 'altered' : 'intact'))
  }

  /** The caller holds the file's lock. */
  async putAside(tenant: string, file: IndexedFile): Promise<void> {
    const { folders, index, clock } = this.#deps
    const now = clock.now()
    let why: WhyGone = 'damaged'
    try {
      await rename(folders.file(tenant, file.sha256), join(folders.quarantine, `${file.sha256}-${String(now)}`))
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
      why = 'lost'
    }
    index.remove(tenant, file, why, now)
  }

  /** Without reading it; its time where that is all that differs. */
  #glance(tenant: string, file: IndexedFile): Look | { readonly mtimeMs: number } {
    try {
      // Some microseconds, as the database beside it; by way of the thread pool a hundred, twice in every submit.
      const stats = lstatSync(this.#deps.folders.file(tenant, file.sha256))
      if (!stats.isFile() || stats.size !== file.size) return 'altered'
      return stats.mtimeMs === file.mtimeMs ? 'intact' : { mtimeMs: stats.mtimeMs }
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
      return 'missing'
    }
  }

  async #isWhatItIsCalled(tenant: string, { md5, sha256, size }: IndexedFile): Promise<boolean> {
    try {
      const found = await this.#deps.digestsOf(this.#deps.folders.file(tenant, sha256), size)
      return found.md5 === md5 && found.sha256 === sha256
    } catch (error) {
      // What the disk cannot read is not what it was.
      if (error instanceof AppError && errnoOf(error.cause) === 'EIO') return false
      throw error
    }
  }

  /** Looks again when nobody else is at the file: it may have been uploaded anew meanwhile. True = it is intact. */
  #lookAgain(tenant: string, file: IndexedFile, look: (file: IndexedFile) => Promise<Look>): Promise<boolean> {
    const { locks, index } = this.#deps
    return locks.run(lockOf(tenant, file), async () => {
      const current = index.find(tenant, file.md5)
      if (current === undefined) return false
      if ((await look(current)) === 'intact') return true
      await this.putAside(tenant, current)
      return false
    })
  }
}
