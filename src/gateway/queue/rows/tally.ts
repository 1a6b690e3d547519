import type { TaskState } from '../../../protocol/task/index.ts'
import { isTerminal } from '../../../protocol/task/index.ts'
import type { QueueCounts } from '../port.ts'

/** What a task counts as. */
export interface Counted {
  readonly tenant: string
  readonly state: TaskState
  readonly target_worker: string | null
}

/** How many tasks are in which live state; kept beside the table because limits are checked at every submit. */
export class Tally {
  readonly #open = new Map<string, number>()
  readonly #all = new Map<string, number>()
  readonly #queuedOf = new Map<string, number>()
  readonly #liveOf = new Map<string, number>()

  reset(): void {
    for (const counts of [this.#open, this.#all, this.#queuedOf, this.#liveOf]) counts.clear()
  }

  /** Tasks meant for one worker only count in `inState` alone: no limit and no share speaks of them. */
  add(task: Counted, tasks: number): void {
    if (isTerminal(task.state)) return
    bump(this.#all, task.state, tasks)
    if (task.target_worker !== null) return
    bump(this.#open, task.state, tasks)
    bump(task.state === 'queued' ? this.#queuedOf : this.#liveOf, task.tenant, tasks)
  }

  queuedOf(tenant: string): number {
    return this.#queuedOf.get(tenant) ?? 0
  }

  /** Live leases of a tenant. */
  liveOf(tenant: string): number {
    return this.#liveOf.get(tenant) ?? 0
  }

  /** Tenants that have something waiting or leased. */
  tenants(): readonly string[] {
    return [...new Set([...this.#queuedOf.keys(), ...this.#liveOf.keys()])]
  }

  /** Every live task in one state. */
  inState(state: TaskState): number {
    return this.#all.get(state) ?? 0
  }

  counts(): QueueCounts {
    const count = (state: TaskState): number => this.#open.get(state) ?? 0
    return {
      queued: count('queued'),
      leased: count('leased'),
      running: count('running'),
      cancelling: count('cancelling'),
    }
  }
}

function bump(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
