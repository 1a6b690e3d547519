import type { Database } from '../../../shared/node/index.ts'
import { EventLog } from './eventLog.ts'
import { FairShare } from '../line/fairShare.ts'
import { LineBook } from '../line/lineBook.ts'
import { lineOf } from '../line/lines.ts'
import { LiveRuns } from '../runs/liveRuns.ts'
import type { Move } from '../life/moves.ts'
import type { QueueChange } from '../port.ts'
import type { Now } from '../steadyTime.ts'
import { Tally } from './tally.ts'
import type { TaskRow } from '../life/taskRow.ts'
import { TaskTable } from './taskTable.ts'
import type { InsertedTask } from './taskTable.ts'

/** One stored change of one task. */
export interface StoredChange {
  readonly row: TaskRow
  readonly cause: QueueChange['cause']
  readonly cursor: string
}

/**
 * Task, event and what is kept in memory beside the table change together: every stored transition goes through
 * `insert` or `store`, inside a transaction of the group commit.
 */
export class TaskStore {
  readonly tasks: TaskTable
  readonly log: EventLog
  readonly tally = new Tally()
  readonly fair: FairShare
  readonly book: LineBook
  readonly runs: LiveRuns
  #nextBackoffMs = Infinity

  constructor(db: Database) {
    this.tasks = new TaskTable(db)
    this.log = new EventLog(db)
    this.runs = new LiveRuns((taskId) => this.tasks.byId(taskId))
    this.fair = new FairShare((tag) => {
      this.tasks.saveFairTag(tag)
    })
    this.book = new LineBook({
      findHead: (lane) => this.tasks.head(lane),
      onJoin: (flow) => {
        this.fair.join(flow)
      },
    })
    this.recount()
    for (const tag of this.tasks.fairTags()) if (this.fair.isSpent(tag)) this.tasks.dropFairTag(tag)
  }

  insert(task: InsertedTask, now: Now, changes: StoredChange[]): TaskRow {
    const row = this.tasks.insert(task)
    this.#count(undefined, row)
    changes.push({ row, cause: 'submit', cursor: this.log.append(row, now.wallMs) })
    return row
  }

  /** Undefined when something else was there first: nothing is stored then. */
  store(row: TaskRow, move: Move, now: Now, changes: StoredChange[]): TaskRow | undefined {
    const stored = this.tasks.compareAndSet(row, move)
    if (stored === undefined) return undefined
    this.runs.forget(row.id)
    this.#count(row, stored)
    changes.push({ row: stored, cause: move.event, cursor: this.log.append(stored, now.wallMs) })
    return stored
  }

  /** Nobody is told: it only stands elsewhere in line. */
  setStanding(row: TaskRow, standing: Pick<TaskRow, 'line' | 'rank' | 'ages_at'>): void {
    this.tasks.setStanding(row.seq, standing)
    this.book.remove(row)
    this.book.add({ ...row, ...standing })
  }

  /** Puts tasks whose back-off is over in line, at most `limit`. */
  joinLines(nowMs: number, limit: number): void {
    if (!this.hasBackoffOver(nowMs)) return
    for (const row of this.tasks.backoffOver(nowMs, limit)) {
      this.setStanding(row, { line: lineOf(row, nowMs), rank: row.rank, ages_at: row.ages_at })
    }
    this.#nextBackoffMs = this.tasks.nextBackoff() ?? Infinity
  }

  hasBackoffOver(nowMs: number): boolean {
    return this.#nextBackoffMs <= nowMs
  }

  /** After a rollback what is kept in memory is wrong; the table is right. */
  recount(): void {
    this.log.reload()
    this.runs.clear()
    this.fair.load(this.tasks.fairTags())
    const lanes = this.tasks.laneCounts()
    this.book.load(lanes)
    this.tally.reset()
    for (const { line, tenant, tasks } of lanes) {
      this.tally.add({ tenant, state: 'queued', target_worker: line.includes(':') ? line : null }, tasks)
    }
    for (const { tasks, ...counted } of this.tasks.apart()) this.tally.add(counted, tasks)
    this.#nextBackoffMs = this.tasks.nextBackoff() ?? Infinity
  }

  #count(before: TaskRow | undefined, after: TaskRow): void {
    if (before !== undefined) {
      this.tally.add(before, -1)
      this.book.remove(before)
    }
    this.tally.add(after, 1)
    this.book.add(after)
    if (after.state === 'queued' && after.line === null) {
      this.#nextBackoffMs = Math.min(this.#nextBackoffMs, after.not_before)
    }
  }
}
