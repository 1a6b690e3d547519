import type { PriorityClass, TaskState } from '../../protocol/task/index.ts'
import { PRIORITY_CLASSES } from '../../protocol/task/index.ts'
import type { AdminTaskFilter, QueueAdmin, QueueStatistics } from './adminPort.ts'
import { reorder } from './life/moves.ts'
import { oldestWaitingMs } from './rows/oldest.ts'
import type { Applied, StoredTask, TaskPage } from './port.ts'
import type { QueueCore } from './queueCore.ts'
import { newestInStates } from './rows/stateLists.ts'
import { statisticsOf } from './rows/statistics.ts'
import { listRows, rowsByPrefix } from './rows/taskLists.ts'

/** What an operator does with the queue, over the same rows, writer and log as everything else. */
export class QueueOperator implements QueueAdmin {
  readonly #core: QueueCore
  /** The smallest ever given to a task that may still be there: the next one goes before it. */
  #front: number

  constructor(core: QueueCore) {
    this.#core = core
    this.#front = core.store.tasks.smallestFront()
  }

  async find(taskId: string): Promise<StoredTask | undefined> {
    const row = this.#core.store.tasks.byId(taskId)
    return row === undefined ? undefined : this.#core.view(row)
  }

  async findByPrefix(idPrefix: string, limit: number): Promise<readonly StoredTask[]> {
    return rowsByPrefix(this.#core.deps.db, idPrefix, limit).map((row) => this.#core.view(row))
  }

  async listAll(filter: AdminTaskFilter): Promise<TaskPage> {
    const { states, tenant, limit, withLateResult } = filter
    const after = filter.cursor === undefined ? undefined : this.#core.store.tasks.byId(filter.cursor)
    if (filter.cursor !== undefined && after === undefined) return { tasks: [], cursor: null }
    if (tenant === undefined && states !== undefined && withLateResult !== true) {
      return this.#inStates(states, after?.seq ?? Number.MAX_SAFE_INTEGER, limit)
    }
    const wanted = { states, tenant, limit, after, withLateResult }
    const page = listRows(this.#core.deps.db, { ...wanted, withTargeted: true })
    return { tasks: page.rows.map((row) => this.#core.view(row)), cursor: page.cursor }
  }

  setPriority(taskId: string, priority: PriorityClass): Promise<Applied> {
    return this.#reorder(taskId, () => ({ class: PRIORITY_CLASSES.indexOf(priority) }))
  }

  moveToFront(taskId: string): Promise<Applied> {
    return this.#reorder(taskId, () => {
      this.#front -= 1
      return { front: this.#front }
    })
  }

  setPaused(paused: boolean): Promise<void> {
    return this.#core.write(() => {
      this.#core.meta.setPaused(paused, this.#core.now().steadyMs)
    })
  }

  async isPaused(): Promise<boolean> {
    return this.#core.meta.isPaused
  }

  async statistics(): Promise<QueueStatistics> {
    const { deps, store, ended, meta } = this.#core
    const oldestMs = oldestWaitingMs(deps.db, store.book)
    return statisticsOf(store, { isPaused: meta.isPaused, ended: ended.all(), oldestMs, now: this.#core.now() })
  }

  #inStates(states: readonly TaskState[], beforeSeq: number, limit: number): TaskPage {
    const { deps, store } = this.#core
    const found = newestInStates(deps.db, store.book, states, beforeSeq, limit + 1)
    const rows = found.slice(0, limit).flatMap((seq) => store.tasks.bySeq(seq) ?? [])
    const cursor = found.length > limit ? (rows.at(-1)?.id ?? null) : null
    return { tasks: rows.map((row) => this.#core.view(row)), cursor }
  }

  #reorder(taskId: string, to: () => { readonly class: number } | { readonly front: number }): Promise<Applied> {
    return this.#core.write<Applied>((changes) => {
      const row = this.#core.store.tasks.byId(taskId)
      if (row === undefined) return 'missing'
      if (row.state !== 'queued') return 'stale'
      const context = this.#core.context()
      const move = reorder(row, to(), context)
      return this.#core.move(row, move, context, changes) === undefined ? 'stale' : 'applied'
    })
  }
}
