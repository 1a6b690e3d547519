import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { DELETE_ASSET, isTerminal } from '../../protocol/task/index.ts'
import { delay } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { isRemoval } from '../queue/errand.ts'
import type { QueuePort, StoredTask } from '../queue/port.ts'
import type { AssetTable, StoredAsset } from './assetTable.ts'
import type { Holdings } from './holdings.ts'
import type { Removal, RemovalTable } from './removalTable.ts'

export interface RemovalsDeps {
  readonly queue: Pick<QueuePort, 'submit' | 'get' | 'cancel' | 'onChange'>
  readonly assets: AssetTable
  readonly table: RemovalTable
  readonly holdings: Holdings
  readonly clock: Clock
  readonly log: Logger
  /** Whether another asset, another tenant or a live task needs the content of a deleted asset. */
  readonly isWanted: (asset: StoredAsset) => Promise<boolean>
  /** Tries to give what was submitted to a worker at once. */
  readonly kick: () => Promise<void>
}

/** How a removal stands now; `task` null when none was made yet. */
export interface RemovalView {
  readonly worker: string
  readonly isDone: boolean
  readonly task: StoredTask | undefined
}

const BATCH = 200
/** A task that came to nothing is followed by another one after so long. */
const AGAIN_AFTER_MS = 10 * 60_000

/**
 * Brings planned removals to their servers, each as a task that waits until its server is there. What is planned is
 * durable before its task is; a crash in between is found at the next start.
 */
export class Removals {
  readonly #deps: RemovalsDeps
  readonly #unsubscribe: () => void
  readonly #changed = new Set<() => void>()

  constructor(deps: RemovalsDeps) {
    this.#deps = deps
    this.#unsubscribe = deps.queue.onChange(({ task }) => {
      if (task.taskType === DELETE_ASSET && isTerminal(task.state)) this.#ended(task)
    })
  }

  /** Makes the tasks of one deletion that have none. */
  async send(asset: StoredAsset): Promise<void> {
    const planned = this.#deps.table.ofAsset(asset.id).filter(({ state }) => state === 'planned')
    for (const removal of planned) await this.#submit(asset, removal)
    if (planned.length > 0) await this.#deps.kick()
  }

  /** Resolves when no removal from one of those servers is open any more, or after `timeoutMs`. */
  async settled(assetId: string, workers: ReadonlySet<string>, timeoutMs: number): Promise<void> {
    const isSettled = (): boolean =>
      this.#deps.table.ofAsset(assetId).every(({ worker, state }) => state !== 'sent' || !workers.has(worker))
    if (isSettled()) return
    const enough = new AbortController()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const look = (): void => {
      if (isSettled()) resolve(undefined)
    }
    this.#changed.add(look)
    await Promise.race([promise, delay(this.#deps.clock, timeoutMs, enough.signal).catch(() => undefined)])
    this.#changed.delete(look)
    enough.abort()
  }

  async view({ id, tenant }: StoredAsset): Promise<readonly RemovalView[]> {
    const views: RemovalView[] = []
    for (const { worker, task, state } of this.#deps.table.ofAsset(id)) {
      const stored = task === null ? undefined : await this.#deps.queue.get(tenant, task)
      views.push({ worker, isDone: state === 'done', task: stored })
    }
    return views
  }

  /**
   * Somebody needs the content again: it stays where it is, and whoever has it still counts as holding it. With a tenant
   * only for others: a file of one's own that nobody keeps or uses needs no server. Never throws: what could not be
   * withdrawn is when the next `catchUp` sees that it is wanted.
   */
  async withdraw(sha256: string, broughtBy?: string): Promise<void> {
    const { table, assets, log } = this.#deps
    try {
      for (const removal of table.openOfContent(sha256)) {
        if (broughtBy !== undefined && assets.find(removal.asset)?.tenant === broughtBy) continue
        await this.#withdraw(removal).catch((error: unknown) => {
          log.error('a removal could not be withdrawn; its server may fetch the file again', { ...removal, error })
        })
      }
    } catch (error) {
      log.error('removals could not be looked up; a server may fetch a file again', { sha256, error })
    }
  }

  /**
   * Tasks that ended while nobody here listened or while their end could not be noted (a full disk), and those that are
   * not wanted any more. Nothing is undone by a removal that moved on meanwhile.
   */
  async catchUp(signal?: AbortSignal): Promise<void> {
    const { table, assets, clock, queue, isWanted } = this.#deps
    for (const [index, removal] of table.sentOnes().entries()) {
      if (signal?.aborted === true) return
      // A server that is off for long gathers many: others have their turn.
      if (index % BATCH === BATCH - 1) await setImmediate()
      const asset = assets.find(removal.asset)
      const task = asset === undefined ? undefined : await queue.get(asset.tenant, removal.task ?? '')
      if (task === undefined) table.again(removal.asset, removal.worker, removal.task ?? '', clock.now())
      else if (isTerminal(task.state)) this.#ended(task)
      else if (asset !== undefined && (await isWanted(asset))) await this.#withdraw(removal)
    }
  }

  /** Makes the tasks that a crash, a full queue or a failed task left to be made, when they waited for `restedMs`. */
  async goOn(restedMs = AGAIN_AFTER_MS, signal?: AbortSignal): Promise<void> {
    const { table, assets, clock, kick } = this.#deps
    const planned = table.plannedOnes(clock.now() - restedMs, BATCH)
    for (const removal of planned) {
      if (signal?.aborted === true) return
      const asset = assets.find(removal.asset)
      if (asset !== undefined) await this.#submit(asset, removal)
    }
    if (planned.length > 0) await kick()
  }

  /** A server nobody waits for any more: its removals are over. */
  async forgetWorker(worker: string): Promise<void> {
    const { table, assets, holdings, queue, clock } = this.#deps
    for (const removal of table.openOf(worker)) {
      const asset = assets.find(removal.asset)
      // As it is now: it may have got its task while another one's was cancelled.
      const task = table.find(removal.asset, worker)?.task ?? null
      table.done(removal.asset, worker, clock.now())
      if (asset !== undefined && task !== null) await queue.cancel(asset.tenant, task)
    }
    holdings.forgetWorker(worker)
  }

  stop(): void {
    this.#unsubscribe()
  }

  async #submit(asset: StoredAsset, removal: Removal): Promise<void> {
    const { queue, table, clock, log, isWanted } = this.#deps
    if (await isWanted(asset)) {
      await this.#withdraw(removal)
      return
    }
    const outcome = await queue.submit({
      tenant: asset.tenant,
      requestId: requestIdOf(removal),
      taskType: DELETE_ASSET,
      priority: 'normal',
      payload: { asset: { id: asset.id, name: asset.name }, files: [asset.file] },
      retryOf: null,
      targetWorker: removal.worker,
      ttlMs: null,
    })
    if (outcome.kind === 'created' || outcome.kind === 'replayed') {
      if (!table.sent(removal, outcome.task.id, clock.now())) await queue.cancel(asset.tenant, outcome.task.id)
      // A repeat may name a task that ended while this process was down.
      if (isTerminal(outcome.task.state)) this.#ended(outcome.task)
    } else log.warn('a removal could not be queued; it is tried again', { asset: asset.id, outcome: outcome.kind })
  }

  /** The removal as it is now: it may have got its task, or have ended, since it was read. */
  async #withdraw({ asset, worker }: Pick<Removal, 'asset' | 'worker'>): Promise<void> {
    const { table, assets, queue, clock } = this.#deps
    const removal = table.find(asset, worker)
    if (removal === undefined || removal.state === 'done') return
    const { state, task } = removal
    const tenant = assets.find(asset)?.tenant
    // A task on its way says itself how it ended.
    if (state === 'sent' && task !== null && tenant !== undefined) await queue.cancel(tenant, task)
    else table.done(asset, worker, clock.now())
  }

  #ended(task: StoredTask): void {
    const { table, holdings, clock, log } = this.#deps
    if (!isRemoval(task.payload) || task.targetWorker === null) return
    const { asset, files } = task.payload
    const now = clock.now()
    if (task.state === 'succeeded') {
      const acceptedMs = task.startedAtMs ?? task.createdAtMs
      for (const { sha256 } of files) holdings.remove(sha256, task.targetWorker, acceptedMs)
      table.done(asset.id, task.targetWorker, now)
    } else if (task.state === 'cancelled') table.done(asset.id, task.targetWorker, now)
    else {
      log.warn('a removal failed; another one is made later', { asset: asset.id, task: task.id, state: task.state })
      table.again(asset.id, task.targetWorker, task.id, now)
    }
    for (const look of [...this.#changed]) look()
  }
}

/** A repeat of the same step is the same task. */
function requestIdOf({ asset, worker, round }: Removal): string {
  const hash = createHash('sha256')
    .update(`${asset}\n${worker}\n${String(round)}`)
    .digest('hex')
  return `rm_${hash.slice(0, 40)}`
}
