import { setImmediate } from 'node:timers/promises'
import type { AssetKind } from '../../protocol/http/index.ts'
import type { PoolFile } from '../../protocol/files/index.ts'
import { DAY_MS, randomId } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import { Ages } from '../pool/ages.ts'
import type { DiscardOutcome, PoolPort } from '../pool/port.ts'
import type { QueueAdmin } from '../queue/adminPort.ts'
import { isRemoval } from '../queue/errand.ts'
import type { QueuePort, StoredTask } from '../queue/port.ts'
import { AssetTable } from './assetTable.ts'
import type { StoredAsset } from './assetTable.ts'
import { Holdings } from './holdings.ts'
import { LateWrites } from './lateWrites.ts'
import { contentsOf, LiveFiles } from './liveFiles.ts'
import { OldHoldings } from './oldHoldings.ts'
import { RemovalTable } from './removalTable.ts'
import { Removals } from './removals.ts'
import type { RemovalView } from './removals.ts'

export interface AssetsDeps {
  readonly db: Database
  readonly queue: QueuePort & Pick<QueueAdmin, 'listAll'>
  readonly pool: PoolPort
  readonly clock: Clock
  readonly log: Logger
  /** As the queue keeps a success that came after a cancel. */
  readonly lateOutputKeptMs: number
  /** Null = until somebody deletes them. */
  readonly keptMs: () => number | null
  /** Workers the fleet knows, connected or not. */
  readonly workers: () => readonly { readonly workerId: string; readonly isOnline: boolean }[]
  readonly kick: () => Promise<void>
  /** Whether a worker keeps files until it is told to forget them; all do when not given. */
  readonly isKeeper?: (workerId: string) => boolean
}

export interface NewAsset {
  readonly kind: AssetKind
  readonly name: string
  /** False: the name is the file's, and an asset that is there already keeps its own. */
  readonly isNamed: boolean
  readonly file: PoolFile
}

export interface Deletion {
  readonly asset: StoredAsset
  /** Everything that is to go is gone. */
  readonly isComplete: boolean
  readonly removals: readonly RemovalView[]
}

const BATCH = 100
/** Read again after a start. */
const NEWEST = 500
/** What is over is known for so long: deletions, and who was given what nobody has any more. */
const TOMBSTONE_MS = 60 * DAY_MS
/** No tenant's id: whoever has a content is another one. */
const NOBODY = ''

/**
 * Voices and avatars people keep on the gateway. A deleted asset is gone for its tenant at once; its bytes go from the
 * pool and from every server that may have them, unless another asset, another tenant or a live task refers to them.
 */
export class Assets {
  readonly #deps: AssetsDeps
  readonly #table: AssetTable
  readonly #removalTable: RemovalTable
  readonly #writes: LateWrites
  readonly #holdings: Holdings
  readonly #oldHoldings: OldHoldings
  readonly #removals: Removals
  readonly #live: LiveFiles
  readonly #ages: Ages
  readonly #leave: readonly (() => void)[]

  private constructor(deps: AssetsDeps, live: LiveFiles) {
    const { db, queue, clock, log, kick } = deps
    this.#deps = deps
    this.#live = live
    this.#ages = new Ages(clock)
    this.#table = new AssetTable(db)
    this.#removalTable = new RemovalTable(db)
    this.#writes = new LateWrites(db, clock, log)
    this.#holdings = new Holdings(db, this.#writes)
    const isNeeded = (sha256: string): Promise<boolean> => this.#isNeeded(sha256)
    this.#oldHoldings = new OldHoldings({ holdings: this.#holdings, isNeeded, workers: deps.workers })
    const tables = { assets: this.#table, table: this.#removalTable, holdings: this.#holdings }
    const isWanted = (asset: StoredAsset): Promise<boolean> => this.#isWanted(asset)
    this.#removals = new Removals({ ...tables, queue, clock, log, kick, isWanted })
    this.#leave = [
      queue.onChange(({ task }) => {
        this.#noteUse(task)
      }),
      live.onEnded((sha256s) => {
        for (const sha256 of sha256s) void this.#clearWaiting(sha256)
      }),
      deps.pool.onBrought((tenant, { sha256 }) => void this.#removals.withdraw(sha256, tenant)),
    ]
  }

  /** Reads what is live, tells the pool what must stay, and goes on with deletions that were not complete. */
  static async open(deps: AssetsDeps): Promise<Assets> {
    const leased: StoredTask[] = []
    const live = await LiveFiles.open(deps, (task) => {
      if (task.workerId !== null) leased.push(task)
    })
    const assets = new Assets(deps, live)
    // Before the first removal: a pool that does not know what is in use removes nothing.
    deps.pool.guardBy((tenant, file) => assets.isInUse(tenant, file))
    await assets.#noteHolders(leased)
    await assets.#removals.catchUp()
    await assets.#clearWaiting()
    await assets.#removals.goOn(0)
    return assets
  }

  /** Whether something refers to a tenant's file, so that the pool must keep it. */
  isInUse(tenant: string, { sha256 }: Pick<PoolFile, 'sha256'>): boolean {
    return this.#live.isUsed(tenant, sha256) || this.#table.isContentOf(tenant, sha256)
  }

  /** The same content of the same kind is the same asset; it takes the newest name that was given to it. */
  async add(
    tenant: string,
    { kind, name, isNamed, file }: NewAsset,
  ): Promise<{ asset: StoredAsset; isExisting: boolean }> {
    const { db, clock } = this.#deps
    const kept = db.transaction(() => {
      const existing = this.#table.ofContent(tenant, kind, file.sha256)
      const id = existing?.id ?? randomId('a')
      if (existing === undefined) this.#table.add({ id, tenant, kind, name, file }, clock.now())
      else this.#table.rename(id, isNamed ? name : existing.name, clock.now())
      const asset = this.#table.find(id)
      if (asset === undefined) throw new Error('an asset that was just stored is not there')
      return { asset, isExisting: existing !== undefined }
    })
    await this.#removals.withdraw(file.sha256)
    return kept
  }

  /** Newest first. A cursor is the last asset's id of the page before. */
  async list(
    tenant: string,
    filter: { readonly kind?: AssetKind | undefined; readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ readonly assets: readonly StoredAsset[]; readonly cursor: string | null }> {
    const { kind, limit, cursor } = filter
    const after = cursor === undefined ? undefined : this.#table.find(cursor)
    if (cursor !== undefined && after?.tenant !== tenant) return { assets: [], cursor: null }
    const page = this.#table.page(tenant, kind, after?.seq ?? Number.MAX_SAFE_INTEGER, limit + 1)
    const assets = page.slice(0, limit)
    return { assets, cursor: page.length > limit ? (assets.at(-1)?.id ?? null) : null }
  }

  /** When it goes by itself unless it is used, Unix milliseconds; null = it is kept. */
  endsAtMs(asset: StoredAsset): number | null {
    const keptMs = this.#deps.keptMs()
    return keptMs === null ? null : asset.touchedMs + keptMs
  }

  /**
   * Idempotent; undefined when there never was such an asset of this tenant. Waits up to `waitMs` for servers that are
   * online.
   */
  async remove(tenant: string, id: string, waitMs: number): Promise<Deletion | undefined> {
    const found = this.#table.find(id)
    if (found?.tenant !== tenant) return undefined
    this.#table.markDeleted(id, this.#deps.clock.now())
    await this.#clear(id)
    const online = this.#deps.workers().filter(({ isOnline }) => isOnline)
    await this.#removals.settled(id, new Set(online.map(({ workerId }) => workerId)), waitMs)
    const asset = this.#table.find(id) ?? found
    const removals = await this.#removals.view(asset)
    return { asset, removals, isComplete: asset.clearedMs !== null && removals.every(({ isDone }) => isDone) }
  }

  /** Deletes what was kept long enough, and goes on with what is not complete. In batches. */
  async sweep(signal: AbortSignal): Promise<void> {
    // Taken before it is asked about: a clock that leaps in between, or later in this round, makes nothing old.
    const nowMs = this.#deps.clock.now()
    const areAgesBelieved = this.#ages.areBelieved()
    if (areAgesBelieved) await this.#deleteUnused(nowMs, signal)
    await this.#forgetLostWorkers()
    await this.#removals.catchUp(signal)
    await this.#clearWaiting(undefined, signal)
    await this.#removals.goOn(undefined, signal)
    if (!areAgesBelieved) return
    await this.#purge(nowMs, signal)
    await this.#oldHoldings.forget(nowMs - TOMBSTONE_MS, signal)
  }

  /** Each as it stands when its turn comes: kept again, used, or to be kept longer by a setting, it stays. */
  async #deleteUnused(nowMs: number, signal: AbortSignal): Promise<void> {
    const beforeMs = (): number => nowMs - (this.#deps.keptMs() ?? Number.POSITIVE_INFINITY)
    const next = (): StoredAsset[] => {
      this.#writes.flush()
      return this.#table.unused(beforeMs(), BATCH)
    }
    for (let batch = next(); batch.length > 0; batch = next()) {
      for (const { id } of batch) {
        if (signal.aborted) return
        this.#writes.flush()
        if (this.#table.markDeleted(id, nowMs, beforeMs())) await this.#clear(id)
      }
    }
  }

  /** Until none is left that is old: as many come as people delete. */
  async #purge(nowMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#table.purge(nowMs - TOMBSTONE_MS, BATCH) === BATCH) await setImmediate()
  }

  stop(): void {
    for (const leave of this.#leave) leave()
    this.#removals.stop()
    this.#live.stop()
    this.#writes.flush()
  }

  #noteUse(task: StoredTask): void {
    const { tenant, version, state } = task
    if (version === 1) {
      for (const sha256 of contentsOf(task)) {
        void this.#removals.withdraw(sha256)
        this.#writes.add(`${tenant}/${sha256}`, () => {
          this.#table.noteUse(tenant, sha256, this.#deps.clock.now())
        })
      }
    }
    // From the accept on the worker fetches its inputs.
    if (state === 'running') this.#noteHolder(task)
    if (state === 'failed' && task.failure?.code === 'INPUT_CORRUPT') void this.#verifyInputs(task)
  }

  /** Whoever composes again must not be told that the pool has the file a worker could not use. */
  async #verifyInputs({ tenant, payload }: StoredTask): Promise<void> {
    if (isRemoval(payload)) return
    try {
      for (const { md5 } of [payload.audio, payload.video]) await this.#deps.pool.verify(tenant, md5)
    } catch (error) {
      this.#deps.log.error('inputs that are said to be damaged could not be read', { error })
    }
  }

  /** What is wanted by others than its tenant's pool stays on the servers. */
  async #isWanted({ tenant, file: { sha256 } }: StoredAsset): Promise<boolean> {
    if (this.#table.isContentOfAnyone(sha256) || this.#live.isUsedByAnyone(sha256)) return true
    return this.#deps.pool.isHeldByOthers(tenant, sha256)
  }

  /** Whether somebody has the content, or its deletion is not over: then it counts who holds it. */
  async #isNeeded(sha256: string): Promise<boolean> {
    if (this.#table.isContentOfAnyone(sha256) || this.#live.isUsedByAnyone(sha256)) return true
    if (this.#table.uncleared(sha256).length > 0 || this.#removalTable.openOfContent(sha256).length > 0) return true
    return this.#deps.pool.isHeldByOthers(NOBODY, sha256)
  }

  /** Decides once what becomes of the bytes of a deleted asset; not while a task of its tenant needs them. */
  async #clear(id: string): Promise<void> {
    const { db, pool, clock } = this.#deps
    const asset = this.#table.find(id)
    if (asset === undefined) return
    if (asset.clearedMs === null) {
      const { tenant, file } = asset
      if (this.#live.isUsed(tenant, file.sha256)) return
      const isShared = await pool.isHeldByOthers(tenant, file.sha256)
      const outcome = await this.#discard(asset)
      // A task that came while the file was removed has found it or was refused; one that found it keeps the caches.
      if (this.#live.isUsed(tenant, file.sha256)) return
      if (outcome === 'used' && !this.#table.isContentOf(tenant, file.sha256)) return
      db.transaction(() => {
        const isWanted = isShared || this.#table.isContentOfAnyone(file.sha256)
        const holders = isWanted || this.#live.isUsedByAnyone(file.sha256) ? [] : this.#holdings.workersOf(file.sha256)
        for (const worker of holders) this.#removalTable.plan(asset, worker, clock.now())
        this.#table.markCleared(id, clock.now())
      })
    }
    await this.#removals.send(asset)
  }

  /** A file that was brought again after the deletion is somebody's new file. */
  async #discard({ tenant, file, deletedMs }: StoredAsset): Promise<DiscardOutcome> {
    const { pool } = this.#deps
    const broughtMs = await pool.broughtAtMs(tenant, file.md5)
    if (broughtMs === undefined || (deletedMs !== null && broughtMs > deletedMs)) return 'absent'
    return pool.discard(tenant, file, 'deleted')
  }

  /** Never throws: a task's end starts it too, and nobody waits for it there. */
  async #clearWaiting(sha256?: string, signal?: AbortSignal): Promise<void> {
    const { log } = this.#deps
    try {
      for (const { id } of this.#table.uncleared(sha256)) {
        if (signal?.aborted === true) return
        await this.#clear(id).catch((error: unknown) => {
          log.error('the bytes of a deleted asset could not be removed; it is tried again', { id, error })
        })
      }
    } catch (error) {
      log.error('what is left of deleted assets could not be looked up; it is tried again', { error })
    }
  }

  async #forgetLostWorkers(): Promise<void> {
    const known = new Set(this.#deps.workers().map(({ workerId }) => workerId))
    for (const worker of this.#removalTable.workers()) {
      if (!known.has(worker)) await this.#removals.forgetWorker(worker)
    }
  }

  /**
   * A crash may have taken the newest notes of who holds what; the tasks know: all that are leased, for what was
   * accepted last may be the oldest of a long line, and some that ended since.
   */
  async #noteHolders(leased: readonly StoredTask[]): Promise<void> {
    const { tasks } = await this.#deps.queue.listAll({ limit: NEWEST })
    for (const task of [...leased, ...tasks]) this.#noteHolder(task)
    this.#writes.flush()
  }

  #noteHolder(task: StoredTask): void {
    const { workerId } = task
    if (workerId === null || this.#deps.isKeeper?.(workerId) === false) return
    this.#holdings.note(workerId, contentsOf(task), task.startedAtMs ?? this.#deps.clock.now())
  }
}
