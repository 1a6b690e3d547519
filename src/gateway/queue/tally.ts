import type { TaskState } from '../../protocol/task/index.ts'
import type { QueueCounts } from './port.ts'

/** How many tasks are in which live state; kept beside the table because limits are checked at every submit. */
export class Tally {
  readonly #inAll = new Map<TaskState, number>()
  readonly #queuedOf = new Map<string, number>()

  reset(rows: readonly { readonly tenant: string; readonly state: TaskState; readonly tasks: number }[]): void {
    this.#inAll.clear()
    this.#queuedOf.clear()
    for (const row of rows) this.#add(row.tenant, row.state, row.tasks)
  }

  move(tenant: string, from: TaskState | undefined, to: TaskState): void {
    if (from !== undefined) this.#add(tenant, from, -1)
    this.#add(tenant, to, 1)
  }

  queuedOf(tenant: string): number {
    return this.#queuedOf.get(tenant) ?? 0
  }

  counts(): QueueCounts {
    return {
      queued: this.#count('queued'),
      leased: this.#count('leased'),
      running: this.#count('running'),
      cancelling: this.#count('cancelling'),
    }
  }

  #count(state: TaskState): number {
    return this.#inAll.get(state) ?? 0
  }

  #add(tenant: string, state: TaskState, tasks: number): void {
    this.#inAll.set(state, this.#count(state) + tasks)
    if (state !== 'queued') return
    const queued = this.queuedOf(tenant) + tasks
    if (queued === 0) this.#queuedOf.delete(tenant)
    else this.#queuedOf.set(tenant, queued)
  }
}
