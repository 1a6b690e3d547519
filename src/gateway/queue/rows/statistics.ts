import { PRIORITY_CLASSES, TASK_STATES } from '../../../protocol/task/index.ts'
import type { PriorityClass, TaskState } from '../../../protocol/task/index.ts'
import type { QueueStatistics, TenantLoad } from '../adminPort.ts'
import type { Now } from '../steadyTime.ts'
import type { TaskStore } from './taskStore.ts'

export interface StatisticsInput {
  readonly isPaused: boolean
  /** The tasks that have ended and are still kept. */
  readonly ended: ReadonlyMap<TaskState, number>
  /** When the task came that waits longest, wall clock; undefined when none waits. */
  readonly oldestMs: number | undefined
  readonly now: Now
}

/** The queue in numbers; reads no task. */
export function statisticsOf(store: TaskStore, { isPaused, ended, oldestMs, now }: StatisticsInput): QueueStatistics {
  const { book, tally } = store
  const lanes = [...PRIORITY_CLASSES.keys()].flatMap((rank) => [...book.lanes(rank)])
  const inLine = lanes.reduce((sum, lane) => sum + lane.count, 0)
  return {
    paused: isPaused,
    byState: record(TASK_STATES, (state) => tally.inState(state) + (ended.get(state) ?? 0)),
    byClass: record<PriorityClass>(PRIORITY_CLASSES, (name) => book.waiting(PRIORITY_CLASSES.indexOf(name))),
    backingOff: tally.inState('queued') - inLine,
    suspects: book.alone,
    targeted: tally.inState('queued') - tally.counts().queued,
    oldestQueuedMs: oldestMs === undefined ? null : Math.max(0, now.wallMs - oldestMs),
    tenants: tally.tenants().map((tenant): TenantLoad => {
      return { tenant, queued: tally.queuedOf(tenant), live: tally.liveOf(tenant) }
    }),
  }
}

function record<K extends string>(keys: readonly K[], value: (key: K) => number): Readonly<Record<K, number>> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, number>
}

/** Ended tasks by state: counted once when somebody asks, kept from then on. */
export class EndedTally {
  readonly #count: () => readonly { readonly state: TaskState; readonly tasks: number }[]
  #counts: Map<TaskState, number> | undefined

  constructor(count: () => readonly { readonly state: TaskState; readonly tasks: number }[]) {
    this.#count = count
  }

  all(): ReadonlyMap<TaskState, number> {
    this.#counts ??= new Map(this.#count().map(({ state, tasks }) => [state, tasks]))
    return this.#counts
  }

  add(state: TaskState, tasks: number): void {
    this.#counts?.set(state, (this.#counts.get(state) ?? 0) + tasks)
  }

  /** After a rollback. */
  forget(): void {
    this.#counts = undefined
  }
}
