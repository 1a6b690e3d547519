import type { PriorityClass, TaskState } from '../../protocol/task/index.ts'
import type { Applied, StoredTask, TaskPage } from './port.ts'

/** Every tenant's tasks, newest first; `cursor` is the last task's id of the page before. */
export interface AdminTaskFilter {
  readonly states?: readonly TaskState[]
  readonly tenant?: string
  /** Only cancelled ones whose result came after the cancel. */
  readonly withLateResult?: boolean
  readonly limit: number
  readonly cursor?: string
}

export interface TenantLoad {
  readonly tenant: string
  readonly queued: number
  /** Live leases. */
  readonly live: number
}

/** The queue at one moment, for operators. Ages in milliseconds. */
export interface QueueStatistics {
  readonly paused: boolean
  /** Stored tasks by state, ended ones included as long as they are kept. */
  readonly byState: Readonly<Record<TaskState, number>>
  /** Queued and in line, by the class they stand in now: age lifts. */
  readonly byClass: Readonly<Record<PriorityClass, number>>
  /** Queued, but not before a back-off is over. */
  readonly backingOff: number
  /** In line, and wants a worker to itself. */
  readonly suspects: number
  /** Meant for one worker only, queued. */
  readonly targeted: number
  /** Age of the task that waits longest for any worker, wherever it stands; null when none waits. */
  readonly oldestQueuedMs: number | null
  readonly tenants: readonly TenantLoad[]
}

/**
 * What an operator may do with the queue. It goes through the same transitions, locks and event log as everything
 * else; `stale` answers a task that is not queued any more.
 */
export interface QueueAdmin {
  find(taskId: string): Promise<StoredTask | undefined>
  /** Tasks whose id begins so, at most `limit`. */
  findByPrefix(idPrefix: string, limit: number): Promise<readonly StoredTask[]>
  listAll(filter: AdminTaskFilter): Promise<TaskPage>
  setPriority(taskId: string, priority: PriorityClass): Promise<Applied>
  /** Before every other task of its class. */
  moveToFront(taskId: string): Promise<Applied>
  /** Durable: while paused nothing is leased and no waiting time runs on; submits, results and cancels go on. */
  setPaused(paused: boolean): Promise<void>
  isPaused(): Promise<boolean>
  statistics(): Promise<QueueStatistics>
}
