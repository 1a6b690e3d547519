import { chmod, lstat, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { PoolFile } from '../../protocol/files/index.ts'
import { AppError, createEmitter, faultPoint } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { createGrowingFileHasher, publishFile } from '../../shared/node/index.ts'
import type { Database, FileDigests, GrowingFileHasher } from '../../shared/node/index.ts'
import { Ages } from './ages.ts'
import { removeTemporaries, removeUnindexed } from './cleanUp.ts'
import { DiskCopies, lockOf } from './diskCopies.ts'
import { KeyedLock } from './keyedLock.ts'
import { PoolFolders } from './poolFolders.ts'
import { PoolIndex, toPoolFile } from './poolIndex.ts'
import type { IndexedFile } from './poolIndex.ts'
import { POOL_LIMITS } from './poolSettings.ts'
import type { PoolLimits, PoolSettings } from './poolSettings.ts'
import type {
  DeclaredFile,
  DiscardOutcome,
  FileOrigin,
  IsInUse,
  OpenedPoolFile,
  PoolPort,
  PoolTotals,
  SweepReport,
  WhyGone,
} from './port.ts'
import { assertAsDeclared, receiveFile } from './receive.ts'
import { Quotas } from './quotas.ts'
import type { RetentionDeps } from './retention.ts'
import { sweepPool } from './sweep.ts'
import { assertDisk, createSpaceCheck, tooLarge, toPoolWriteError } from './space.ts'
import type { CheckSpace } from './space.ts'
import { UploadTable } from './tus/uploadTable.ts'
import { UseLog } from './useLog.ts'

export interface DiskPoolDeps {
  /** The folder of the pool; made when missing. */
  readonly root: string
  readonly db: Database
  readonly clock: Clock
  readonly settings: PoolSettings
  /** Read whenever one is needed; the built-in ones when not given. */
  readonly limits?: () => PoolLimits
  /** The index may know less than there is: it was restored. No file goes because it is not in it. */
  readonly keepsUnindexed?: () => boolean
}

const SCRUB_REST_MS = 50

type NewFile = Parameters<PoolIndex['add']>[1]

/** The pool on a local disk: `<root>/<tenant>/<sha256>`, found through an index in the database. */
export class DiskPool implements PoolPort {
  readonly folders: PoolFolders
  readonly index: PoolIndex
  readonly uploads: UploadTable
  /** Two threads for all that comes in, started with the first of it. */
  readonly hasher: GrowingFileHasher = createGrowingFileHasher()
  readonly checkSpace: CheckSpace
  readonly #deps: DiskPoolDeps
  readonly #uses: UseLog
  readonly #ages: Ages
  readonly #quotas: Quotas
  readonly #brought = createEmitter<{ readonly tenant: string; readonly file: PoolFile }>()
  readonly #locks = new KeyedLock()
  readonly #copies: DiskCopies
  readonly #receiving = new Set<string>()
  readonly #closing = new AbortController()
  #isInUse: IsInUse = () => true

  private constructor(deps: DiskPoolDeps, folders: PoolFolders) {
    this.#deps = deps
    this.folders = folders
    this.checkSpace = createSpaceCheck(deps.root, deps.settings.lowDiskBytes)
    this.index = new PoolIndex(deps.db)
    this.uploads = new UploadTable(deps.db)
    this.#uses = new UseLog(this.index)
    this.#ages = new Ages(deps.clock)
    const openBytes = (tenant: string): number => this.uploads.openBytes(tenant)
    this.#quotas = new Quotas({ retention: this.#retention, openBytes })
    this.#copies = new DiskCopies({
      ...{ folders, index: this.index, clock: deps.clock, locks: this.#locks },
      digestsOf: (path, sizeBytes) => {
        const follower = this.hasher.follow(path)
        follower.advance(sizeBytes)
        return follower.digest()
      },
    })
  }

  /** Makes the folders and removes what a crash left behind. Throws DATA_DIR_UNWRITABLE. */
  static async open(deps: DiskPoolDeps): Promise<DiskPool> {
    const pool = new DiskPool(deps, await PoolFolders.open(deps.root))
    await removeTemporaries(pool)
    if (deps.keepsUnindexed?.() !== true) await removeUnindexed(pool, 0, deps.clock.now())
    return pool
  }

  get limits(): PoolLimits {
    return this.#deps.limits?.() ?? POOL_LIMITS
  }

  guardBy(isInUse: IsInUse): void {
    this.#isInUse = isInUse
  }

  onBrought(listener: (tenant: string, file: PoolFile) => void): () => void {
    return this.#brought.on(({ tenant, file }) => {
      listener(tenant, file)
    })
  }

  async find(tenant: string, md5: string): Promise<PoolFile | undefined> {
    this.#uses.note(tenant, md5, this.#deps.clock.now())
    return this.peek(tenant, md5)
  }

  async findMany(tenant: string, md5s: readonly string[]): Promise<ReadonlyMap<string, PoolFile>> {
    const found = new Map<string, PoolFile>()
    for (const md5 of md5s) {
      const file = await this.find(tenant, md5)
      if (file !== undefined) found.set(md5, file)
    }
    return found
  }

  async peek(tenant: string, md5: string): Promise<PoolFile | undefined> {
    const file = this.index.find(tenant, md5)
    if (file === undefined || !(await this.#copies.isIntact(tenant, file))) return undefined
    return toPoolFile(file)
  }

  has(tenant: string, { md5, sha256 }: PoolFile): boolean {
    return this.index.find(tenant, md5)?.sha256 === sha256
  }

  async open(tenant: string, md5: string): Promise<OpenedPoolFile | undefined> {
    this.#uses.note(tenant, md5, this.#deps.clock.now())
    const file = this.index.find(tenant, md5)
    if (file === undefined) return undefined
    if (!(await this.#copies.isIntact(tenant, file))) {
      throw new AppError('INPUT_CORRUPT', { message: 'a file of the pool was altered after it was stored' })
    }
    return { file: toPoolFile(file), path: this.folders.file(tenant, file.sha256) }
  }

  async whyGone(tenant: string, md5: string): Promise<WhyGone | undefined> {
    return this.index.whyGone(tenant, md5)
  }

  async broughtAtMs(tenant: string, md5: string): Promise<number | undefined> {
    return this.index.find(tenant, md5)?.createdMs
  }

  /** An upload of content that is here already: as good as if its bytes had come. */
  noteBrought(tenant: string, md5: string, origin: FileOrigin): void {
    const known = this.index.find(tenant, md5)
    if (known !== undefined) this.#broughtAgain(tenant, known, origin)
  }

  async isHeldByOthers(tenant: string, sha256: string): Promise<boolean> {
    return this.index.isHeldByOthers(tenant, sha256)
  }

  async usedBytes(tenant: string): Promise<number> {
    return this.index.usedBytes(tenant)
  }

  async totals(): Promise<PoolTotals> {
    return this.index.totals()
  }

  async put(tenant: string, declared: DeclaredFile, source: Readable): Promise<PoolFile> {
    const { sizeBytes, origin = 'input' } = declared
    let release = await this.promiseRoom(tenant, sizeBytes ?? 0, origin)
    const path = this.folders.newTemporary()
    return this.whileReceiving(path, async () => {
      try {
        const { maxFileBytes: maxBytes } = this.#deps.settings
        const limits = { maxBytes, checkSpace: this.checkSpace }
        const digests = await receiveFile(path, source, this.hasher.follow(path), limits)
        // How large it is was not known before.
        if (sizeBytes === undefined) release = await this.promiseRoom(tenant, digests.sizeBytes, origin)
        return await this.publishVerified(tenant, declared, digests, path, () => {
          release()
        })
      } finally {
        release()
        await rm(path, { force: true })
      }
    })
  }

  /**
   * Publishes a temporary file whose digests were taken while it was written. The file is gone afterwards. Calls
   * `onEntered` when its bytes count as the tenant's.
   */
  async publishVerified(
    tenant: string,
    declared: DeclaredFile,
    digests: FileDigests,
    tmpPath: string,
    onEntered: () => void,
  ): Promise<PoolFile> {
    try {
      assertAsDeclared(declared, digests)
      return await this.#locks.run(lockOf(tenant, digests), async () => {
        const file = await this.#store(tenant, declared, digests, tmpPath)
        onEntered()
        return file
      })
    } catch (error) {
      throw toPoolWriteError(error)
    } finally {
      await rm(tmpPath, { force: true })
    }
  }

  /**
   * Promises room for one more file of that size; the answer gives back the promise. Throws FILE_TOO_LARGE, QUOTA or
   * DISK_FULL. A result is never refused for its tenant's quota: it cost a run, and others of the tenant can go instead.
   */
  async promiseRoom(tenant: string, sizeBytes: number, origin: FileOrigin): Promise<() => void> {
    const { settings, root } = this.#deps
    if (sizeBytes > settings.maxFileBytes) throw tooLarge(settings.maxFileBytes)
    const release = origin === 'input' ? await this.#quotas.promise(tenant, sizeBytes) : () => undefined
    try {
      await assertDisk(root, sizeBytes, settings.lowDiskBytes)
    } catch (error) {
      release()
      throw error
    }
    return release
  }

  isReceiving(path: string): boolean {
    return this.#receiving.has(path)
  }

  /** While that work goes on nobody takes the file for a leftover. */
  async whileReceiving<T>(path: string, work: () => Promise<T>): Promise<T> {
    this.#receiving.add(path)
    try {
      return await work()
    } finally {
      this.#receiving.delete(path)
    }
  }

  discard(tenant: string, file: PoolFile, why: WhyGone, mayGo = (): boolean => true): Promise<DiscardOutcome> {
    return this.#locks.run(lockOf(tenant, file), async () => {
      // No await between the questions and the removal from the index: nobody can begin to use it in between.
      if (this.#isInUse(tenant, file) || !mayGo()) return 'used'
      if (!this.index.remove(tenant, file, why, this.#deps.clock.now())) return 'absent'
      faultPoint('sweep.before_unlink')
      await rm(this.folders.file(tenant, file.sha256), { force: true })
      faultPoint('sweep.after_unlink')
      return 'removed'
    })
  }

  sweep(signal?: AbortSignal): Promise<SweepReport> {
    return sweepPool({
      ...{ pool: this, retention: this.#retention },
      // In this order: a clock that leaps in between is not believed.
      nowMs: this.#deps.clock.now(),
      areAgesBelieved: this.areAgesBelieved(),
      keepsUnindexed: this.#deps.keepsUnindexed?.() === true,
      signal: signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]),
    })
  }

  /** False for some hours after a leap of the wall clock: nothing may go by its age. */
  areAgesBelieved(): boolean {
    return this.#ages.areBelieved()
  }

  /** Reads and hashes the file that was not looked at for longest; false when all were, recently. */
  async scrubNext(signal: AbortSignal): Promise<boolean> {
    const { clock, settings } = this.#deps
    const next = this.index.nextUnchecked(clock.now() - settings.scrubEveryMs)
    if (next === undefined) return false
    await this.#copies.scrub(next.tenant, next.file, { clock, restMs: SCRUB_REST_MS, signal })
    return true
  }

  async verify(tenant: string, md5: string): Promise<void> {
    const file = this.index.find(tenant, md5)
    const pace = { clock: this.#deps.clock, restMs: 0, signal: this.#closing.signal }
    if (file !== undefined) await this.#copies.scrub(tenant, file, pace)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.hasher.stop()
    // Last, for a full disk does not take it.
    this.#uses.write()
  }

  get #retention(): RetentionDeps {
    const { clock, settings } = this.#deps
    return {
      ...{ clock, settings, index: this.index, uses: this.#uses, limits: () => this.limits },
      isInUse: (tenant, file) => this.#isInUse(tenant, file),
      discard: (tenant, file, why, mayGo) => this.discard(tenant, file, why, mayGo),
    }
  }

  async #store(tenant: string, declared: DeclaredFile, digests: FileDigests, tmpPath: string): Promise<PoolFile> {
    const { md5, sha256, sizeBytes: size } = digests
    const { ext, origin = 'input' } = declared
    const known = this.index.find(tenant, md5)
    if (known !== undefined && known.sha256 !== sha256) {
      throw new AppError('HASH_COLLISION', { message: 'another file of this tenant has the same MD5' })
    }
    if (known !== undefined && (await this.#copies.look(tenant, known)) === 'intact') {
      this.#broughtAgain(tenant, known, origin)
      return toPoolFile(known)
    }
    if (known !== undefined) await this.#copies.putAside(tenant, known)
    await this.folders.makeTenantDir(tenant)
    const path = this.folders.file(tenant, sha256)
    await chmod(tmpPath, 0o400)
    await this.whileReceiving(path, async () => {
      await publishFile(tmpPath, path, (step) => {
        faultPoint(`upload.${step}`)
      })
      await this.#enter(tenant, { md5, sha256, ext, size, origin }, path)
    })
    faultPoint('upload.after_index_commit')
    const file = { md5, sha256, ext, size }
    this.#brought.emit({ tenant, file })
    return file
  }

  #broughtAgain(tenant: string, known: IndexedFile, origin: FileOrigin): void {
    this.index.broughtAgain(tenant, known, origin, this.#deps.clock.now())
    this.#brought.emit({ tenant, file: toPoolFile(known) })
  }

  /** From here on it is visible. */
  async #enter(tenant: string, file: Omit<NewFile, 'mtimeMs'>, path: string): Promise<void> {
    const { mtimeMs } = await lstat(path)
    try {
      faultPoint('upload.before_index_commit')
      this.index.add(tenant, { ...file, mtimeMs }, this.#deps.clock.now())
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }
}
