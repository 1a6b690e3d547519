import type { Database } from '../../shared/node/index.ts'
import { EventLog } from './eventLog.ts'
import type { TaskState } from '../../protocol/task/index.ts'
import { Tally } from './tally.ts'
import type { Now } from './steadyTime.ts'
import type { MutableColumns, TaskRow } from './taskRow.ts'
import { TaskTable } from './taskTable.ts'
import type { InsertedTask } from './taskTable.ts'

/** One stored change of one task. */
export interface StoredChange {
  readonly row: TaskRow
  readonly from: TaskState | undefined
  readonly cursor: string
}

/**
 * Task, event and tally change together: every stored transition goes through `insert` or `store`, inside a
 * transaction of the group commit.
 */
export class TaskStore {
  readonly tasks: TaskTable
  readonly log: EventLog
  readonly tally = new Tally()

  constructor(db: Database) {
    this.tasks = new TaskTable(db)
    this.log = new EventLog(db)
    this.recount()
  }

  insert(task: InsertedTask, now: Now, changes: StoredChange[]): TaskRow {
    const row = this.tasks.insert(task)
    this.#record(row, undefined, now, changes)
    return row
  }

  /** Undefined when something else was there first: nothing is stored then. */
  store(row: TaskRow, to: MutableColumns, now: Now, changes: StoredChange[]): TaskRow | undefined {
    const stored = this.tasks.compareAndSet(row, to)
    if (stored !== undefined) this.#record(stored, row.state, now, changes)
    return stored
  }

  /** After a rollback the counts in memory are wrong. */
  recount(): void {
    this.tally.reset(this.tasks.tally())
  }

  #record(row: TaskRow, from: TaskState | undefined, now: Now, changes: StoredChange[]): void {
    this.tally.move(row.tenant, from, row.state)
    changes.push({ row, from, cursor: this.log.append(row, now.wallMs) })
  }
}
