import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { DataStore, Upload } from '@tus/server'
import { poolUploadMetadataSchema } from '../../../protocol/files/index.ts'
import type { PoolUploadMetadata } from '../../../protocol/files/index.ts'
import { AppError } from '../../../shared/index.ts'
import type { Clock } from '../../../shared/index.ts'
import type { DiskPool } from '../diskPool.ts'
import type { PoolSettings } from '../poolSettings.ts'
import type { FileOrigin } from '../port.ts'
import { tooLarge } from '../space.ts'
import { UploadLocks } from './uploadLocks.ts'
import { UploadSession } from './uploadSession.ts'
import type { UploadRecord } from './uploadTable.ts'

const MAX_SESSIONS = 256
/** One that is forgotten is announced anew, and complete with that. */
const MAX_KNOWN = 4_096
const FULL_RETRY_MS = 10_000

export interface UploadStoreDeps {
  readonly pool: DiskPool
  readonly clock: Clock
  readonly settings: PoolSettings
}

/** What a request may do: whose files, and how large. */
export interface UploadGrant {
  readonly tenant: string
  readonly maxBytes: number
  /** `input` when not given. */
  readonly origin?: FileOrigin
}

/**
 * tus uploads into the pool. An upload's record is made before its file, its file is in the pool before its record
 * says `done`: a crash between two steps leaves a state that the next request recognises.
 */
export class UploadStore extends DataStore {
  override extensions = ['creation', 'termination', 'expiration']
  readonly locks = new UploadLocks()
  readonly #deps: UploadStoreDeps
  readonly #sessions = new Map<string, UploadSession>()
  /** Of content that was here when they were announced: there is nothing to take up after a restart. */
  readonly #known = new Map<string, UploadRecord>()

  constructor(deps: UploadStoreDeps) {
    super()
    this.#deps = deps
  }

  /** Throws UPLOAD_NOT_FOUND unless the upload is this tenant's: another's looks exactly like none. */
  assertOwner(id: string, tenant: string): void {
    if (this.#record(id).tenant !== tenant) throw notFound()
  }

  /** Checks an announced upload: SCHEMA, FILE_TOO_LARGE, UPLOADS_FULL, QUOTA, DISK_FULL. */
  async admit(upload: Upload, grant: UploadGrant): Promise<void> {
    const { tenant, origin = 'input' } = grant
    const metadata = readMetadata(upload)
    const size = upload.size ?? 0
    if (size > grant.maxBytes) throw tooLarge(grant.maxBytes)
    const announced = { id: upload.id, tenant, size, metadata, origin, createdMs: this.#deps.clock.now() }
    // What the pool has already takes no room.
    if (await this.#isStored(announced)) {
      this.#deps.pool.noteBrought(tenant, metadata.md5, origin)
      this.#noteKnown({ ...announced, state: 'done' })
      return
    }
    if (origin === 'input') await this.#makeSlot(tenant)
    const release = await this.#deps.pool.promiseRoom(tenant, size, origin)
    try {
      // Others may have taken the place meanwhile. From here on nothing comes between.
      while (origin === 'input' && !this.#hasSlot(tenant)) await this.#makeSlot(tenant)
      this.#deps.pool.uploads.add({ ...announced, state: 'open' })
    } finally {
      release()
    }
  }

  /** Content the pool already has completes at once; so does an empty file. */
  override async create(upload: Upload): Promise<Upload> {
    const record = this.#record(upload.id)
    upload.offset = await this.#offset(record)
    return upload
  }

  /** When a resting upload is forgotten, Unix milliseconds. */
  expiresAtMs(id: string): number {
    return this.#record(id).createdMs + this.#deps.settings.uploadTtlMs
  }

  /** Without its date: the library would compare it with a clock of its own, and expiry is decided here. */
  override async getUpload(id: string): Promise<Upload> {
    const record = this.#record(id)
    return new Upload({
      id,
      size: record.size,
      offset: await this.#offset(record),
      metadata: toTusMetadata(record.metadata),
    })
  }

  /**
   * Appends at `offset`, and publishes with the last byte. Answers the new offset. The caller holds the upload's lock.
   * Errors: OFFSET_MISMATCH, LENGTH_MISMATCH, DISK_FULL; HASH_MISMATCH and HASH_COLLISION end the upload.
   */
  override async write(source: Readable, id: string, offset: number): Promise<number> {
    const record = this.#record(id)
    const current = await this.#offset(record)
    // Complete and verified, by this upload or another one of the same content: there is nothing left to send.
    if (current === record.size) return current
    if (current !== offset) {
      throw new AppError('OFFSET_MISMATCH', {
        message: 'the upload is elsewhere',
        data: { offset: current },
        retryable: true,
      })
    }
    const session = await this.#session(record)
    const { pool } = this.#deps
    return pool.whileReceiving(pool.folders.upload(id), async () => {
      // Also when the connection broke: whoever sent until now comes back to go on.
      const reached = await session.append(source, pool.checkSpace).finally(() => {
        session.touchedMs = this.#deps.clock.now()
      })
      if (reached === record.size) await this.#finish(record, session)
      return reached
    })
  }

  override async remove(id: string): Promise<void> {
    this.#record(id)
    await this.#forget(id)
  }

  override async deleteExpired(): Promise<number> {
    return (await this.#deps.pool.sweep()).temporaries
  }

  override getExpiration(): number {
    return this.#deps.settings.uploadTtlMs
  }

  /** Until it ends nobody may take the upload for one that rests: it has no session any more. */
  async #finish(record: UploadRecord, session: UploadSession): Promise<void> {
    const { pool } = this.#deps
    const path = pool.folders.upload(record.id)
    if (record.size === 0) await session.append(Readable.from([]), pool.checkSpace)
    const declared = { ...record.metadata, sizeBytes: record.size, origin: record.origin }
    this.#sessions.delete(record.id)
    const digests = await session.digests()
    try {
      await pool.publishVerified(record.tenant, declared, digests, path, () => {
        pool.uploads.finish(record.id)
      })
    } catch (error) {
      // The bytes are gone with the refusal: the upload must not look complete to anybody.
      await this.#forget(record.id)
      throw error
    }
  }

  /**
   * Bytes that need not be sent again. All of them means in the pool and verified: what a crash left unpublished is
   * published here, before anybody can take it for complete.
   */
  async #offset(record: UploadRecord): Promise<number> {
    const { pool } = this.#deps
    if (record.state === 'done') return record.size
    const session = await this.#session(record)
    if (session.offset === 0 && (await this.#isStored(record))) this.#finishStored(record)
    else if (session.offset < record.size) return session.offset
    else await pool.whileReceiving(pool.folders.upload(record.id), () => this.#finish(record, session))
    return record.size
  }

  #noteKnown(record: UploadRecord): void {
    this.#known.set(record.id, record)
    if (this.#known.size <= MAX_KNOWN) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  #finishStored({ id, tenant, metadata, origin }: UploadRecord): void {
    const { pool } = this.#deps
    this.#drop(id)
    pool.noteBrought(tenant, metadata.md5, origin)
    pool.uploads.finish(id)
  }

  async #session(record: UploadRecord): Promise<UploadSession> {
    const known = this.#sessions.get(record.id)
    if (known !== undefined) return known
    const { folders, hasher } = this.#deps.pool
    const session = await UploadSession.open(folders.upload(record.id), record.size, hasher)
    this.#sessions.set(record.id, session)
    if (this.#sessions.size > MAX_SESSIONS) this.#dropOldest()
    return session
  }

  async #isStored(record: Pick<UploadRecord, 'tenant' | 'metadata' | 'size'>): Promise<boolean> {
    const file = await this.#deps.pool.find(record.tenant, record.metadata.md5)
    return file?.sha256 === record.metadata.sha256 && file.size === record.size
  }

  #hasSlot(tenant: string): boolean {
    const { uploads, limits } = this.#deps.pool
    return uploads.openOf(tenant).length < limits.uploadsPerTenant
  }

  /** At the tenant's limit the upload that has rested longest is forgotten; throws UPLOADS_FULL when all go on. */
  async #makeSlot(tenant: string): Promise<void> {
    const { pool, clock, settings } = this.#deps
    const open = pool.uploads.openOf(tenant)
    const limit = pool.limits.uploadsPerTenant
    if (open.length < limit) return
    for (const { id, createdMs } of open) {
      const restedMs = clock.now() - Math.max(createdMs, this.#sessions.get(id)?.touchedMs ?? 0)
      if (restedMs < settings.uploadRestMs || pool.isReceiving(pool.folders.upload(id))) continue
      await this.#forget(id)
      return
    }
    const message = 'as many uploads of this tenant are under way as may be'
    throw new AppError('UPLOADS_FULL', { message, retryable: true, retryAfterMs: FULL_RETRY_MS, data: { limit } })
  }

  /** One that is dropped is hashed again from its beginning, nothing more. */
  #dropOldest(): void {
    for (const [id, session] of this.#sessions) {
      if (!session.isAppending) {
        this.#drop(id)
        return
      }
    }
  }

  #drop(id: string): void {
    this.#sessions.get(id)?.close()
    this.#sessions.delete(id)
  }

  async #forget(id: string): Promise<void> {
    this.#drop(id)
    this.#known.delete(id)
    this.#deps.pool.uploads.remove(id)
    await rm(this.#deps.pool.folders.upload(id), { force: true })
  }

  #record(id: string): UploadRecord {
    const { pool, clock, settings } = this.#deps
    const record = this.#known.get(id) ?? pool.uploads.find(id)
    if (record === undefined) throw notFound()
    if (clock.now() - record.createdMs > settings.uploadTtlMs && pool.areAgesBelieved()) throw notFound()
    return record
  }
}

function toTusMetadata({ md5, sha256, ext, name }: PoolUploadMetadata): Record<string, string> {
  return { md5, sha256, ext, ...(name === undefined ? {} : { name }) }
}

function readMetadata(upload: Upload): PoolUploadMetadata {
  const parsed = poolUploadMetadataSchema.safeParse(upload.metadata)
  if (parsed.success) return parsed.data
  const field = String(parsed.error.issues[0]?.path[0] ?? 'metadata')
  const code = FIELD_CODES[field] ?? 'SCHEMA'
  throw new AppError(code, { message: `the metadata field ${field} is not valid`, field })
}

const FIELD_CODES: Readonly<Record<string, string>> = {
  md5: 'HASH_FORMAT',
  sha256: 'HASH_FORMAT',
  ext: 'EXT_NOT_ALLOWED',
}

function notFound(): AppError {
  return new AppError('UPLOAD_NOT_FOUND', { message: 'no such upload', retryable: true })
}
