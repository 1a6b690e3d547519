import { chmod, lstat, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { PoolFile } from '../../protocol/files/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { createGrowingFileHasher, errnoOf, publishFile } from '../../shared/node/index.ts'
import type { Database, FileDigests, GrowingFileHasher } from '../../shared/node/index.ts'
import { KeyedLock } from './keyedLock.ts'
import { PoolFolders } from './poolFolders.ts'
import { PoolIndex } from './poolIndex.ts'
import type { IndexedFile } from './poolIndex.ts'
import type { PoolSettings } from './poolSettings.ts'
import type { DeclaredFile, OpenedPoolFile, PoolPort } from './port.ts'
import { receiveFile } from './receive.ts'
import { assertRoom, createSpaceCheck, toPoolWriteError } from './space.ts'
import type { CheckSpace } from './space.ts'
import { removeTemporaries, removeUnindexed } from './cleanUp.ts'
import { UploadTable } from './tus/uploadTable.ts'

export interface DiskPoolDeps {
  /** The folder of the pool; made when missing. */
  readonly root: string
  readonly db: Database
  readonly clock: Clock
  readonly settings: PoolSettings
}

/** The pool on a local disk: `<root>/<tenant>/<sha256>`, found through an index in the database. */
export class DiskPool implements PoolPort {
  readonly folders: PoolFolders
  readonly index: PoolIndex
  readonly uploads: UploadTable
  /** Two threads for all that comes in, started with the first of it. */
  readonly hasher: GrowingFileHasher = createGrowingFileHasher()
  readonly #deps: DiskPoolDeps
  readonly #locks = new KeyedLock()
  readonly #receiving = new Set<string>()

  private constructor(deps: DiskPoolDeps, folders: PoolFolders) {
    this.#deps = deps
    this.folders = folders
    this.index = new PoolIndex(deps.db)
    this.uploads = new UploadTable(deps.db)
  }

  /** Makes the folders and removes what a crash left behind. Throws DATA_DIR_UNWRITABLE. */
  static async open(deps: DiskPoolDeps): Promise<DiskPool> {
    const pool = new DiskPool(deps, await PoolFolders.open(deps.root))
    await removeTemporaries(pool)
    await removeUnindexed(pool)
    return pool
  }

  async find(tenant: string, md5: string): Promise<PoolFile | undefined> {
    const file = this.index.find(tenant, md5)
    if (file === undefined || !(await this.#isIntact(tenant, file))) return undefined
    return toPoolFile(file)
  }

  async findMany(tenant: string, md5s: readonly string[]): Promise<ReadonlyMap<string, PoolFile>> {
    const found = new Map<string, PoolFile>()
    for (const md5 of md5s) {
      const file = await this.find(tenant, md5)
      if (file !== undefined) found.set(md5, file)
    }
    return found
  }

  async open(tenant: string, md5: string): Promise<OpenedPoolFile | undefined> {
    const file = this.index.find(tenant, md5)
    if (file === undefined) return undefined
    if (!(await this.#isIntact(tenant, file))) {
      throw new AppError('INPUT_CORRUPT', { message: 'a file of the pool was altered after it was stored' })
    }
    return { file: toPoolFile(file), path: this.folders.file(tenant, file.sha256) }
  }

  async put(tenant: string, declared: DeclaredFile, source: Readable): Promise<PoolFile> {
    await this.assertRoom(tenant, declared.sizeBytes ?? 0)
    const path = this.folders.newTemporary()
    this.#receiving.add(path)
    try {
      const { maxFileBytes: maxBytes } = this.#deps.settings
      const limits = { maxBytes, checkSpace: this.createSpaceCheck() }
      const digests = await receiveFile(path, source, this.hasher.follow(path), limits)
      return await this.publishVerified(tenant, declared, digests, path)
    } finally {
      this.#receiving.delete(path)
    }
  }

  /** Publishes a temporary file whose digests were taken while it was written. The file is gone afterwards. */
  async publishVerified(
    tenant: string,
    declared: DeclaredFile,
    digests: FileDigests,
    tmpPath: string,
  ): Promise<PoolFile> {
    try {
      assertAsDeclared(declared, digests)
      return await this.#locks.run(`${tenant}/${digests.md5}`, () =>
        this.#store(tenant, declared.ext, digests, tmpPath),
      )
    } catch (error) {
      throw toPoolWriteError(error)
    } finally {
      await rm(tmpPath, { force: true })
    }
  }

  /** Throws FILE_TOO_LARGE, QUOTA or DISK_FULL when one more file of that size does not fit. */
  async assertRoom(tenant: string, sizeBytes: number): Promise<void> {
    const { settings, root } = this.#deps
    await assertRoom(tenant, sizeBytes, { index: this.index, settings, root })
  }

  /** For one writer: its writes are refused with DISK_FULL once the low-disk mark is reached. */
  createSpaceCheck(): CheckSpace {
    return createSpaceCheck(this.#deps.root, this.#deps.settings.lowDiskBytes)
  }

  isReceiving(path: string): boolean {
    return this.#receiving.has(path)
  }

  sweep(): Promise<number> {
    const { clock, settings } = this.#deps
    this.uploads.removeOlderThan(clock.now() - settings.uploadTtlMs)
    return removeTemporaries(this)
  }

  async close(): Promise<void> {
    await this.hasher.stop()
  }

  async #store(tenant: string, ext: PoolFile['ext'], digests: FileDigests, tmpPath: string): Promise<PoolFile> {
    const known = this.index.find(tenant, digests.md5)
    if (known !== undefined && known.sha256 !== digests.sha256) {
      throw new AppError('HASH_COLLISION', { message: 'another file of this tenant has the same MD5' })
    }
    if (known !== undefined && (await this.#isIntact(tenant, known))) return toPoolFile(known)
    await this.folders.makeTenantDir(tenant)
    const path = this.folders.file(tenant, digests.sha256)
    await chmod(tmpPath, 0o400)
    await publishFile(tmpPath, path)
    const { mtimeMs } = await lstat(path)
    const { md5, sha256, sizeBytes: size } = digests
    this.index.add(tenant, { md5, sha256, ext, size, mtimeMs }, this.#deps.clock.now())
    return { md5, sha256, ext, size }
  }

  /** Looks at the disk copy; one that was altered is put aside and forgotten, so that it can be uploaded again. */
  async #isIntact(tenant: string, file: IndexedFile): Promise<boolean> {
    const path = this.folders.file(tenant, file.sha256)
    try {
      const stats = await lstat(path)
      if (stats.isFile() && stats.size === file.size && stats.mtimeMs === file.mtimeMs) return true
      await rename(path, join(this.folders.quarantine, `${file.sha256}-${String(this.#deps.clock.now())}`))
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
    }
    this.index.remove(tenant, file)
    return false
  }
}

function assertAsDeclared(declared: DeclaredFile, found: FileDigests): void {
  if (declared.sizeBytes !== undefined && declared.sizeBytes !== found.sizeBytes) {
    throw new AppError('LENGTH_MISMATCH', { message: 'another length than announced' })
  }
  if (declared.md5 !== found.md5 || (declared.sha256 !== undefined && declared.sha256 !== found.sha256)) {
    throw new AppError('HASH_MISMATCH', { message: 'another hash than announced' })
  }
}

function toPoolFile({ md5, sha256, ext, size }: IndexedFile): PoolFile {
  return { md5, sha256, ext, size }
}
