import type { TaskState } from '../../protocol/task/index.ts'
import type { Database } from '../../shared/node/index.ts'
import type { MutableColumns, TaskRow } from './taskRow.ts'

/** What is known of a task when it is stored; the rest has its default. */
export interface InsertedTask {
  readonly id: string
  readonly tenant: string
  readonly requestId: string
  readonly digest: string
  readonly type: string
  readonly classRank: number
  readonly payload: string
  readonly retryOf: string | null
  readonly createdMs: number
  readonly expiresMs: number
}

const INSERT = `
INSERT INTO task(id, tenant, request_id, digest, type, class, state, version, payload, retry_of, created, deadline, expires)
VALUES (?, ?, ?, ?, ?, ?, 'queued', 1, ?, ?, ?, ?, ?) RETURNING *`

const COMPARE_AND_SET = `
UPDATE task SET state = ?, epoch = ?, settled_epoch = ?, token = ?, worker = ?, server = ?, lease_until = ?,
  deadline = ?, expires = ?, not_before = ?, attempts = ?, stalls = ?, engine = ?, output = ?, failure = ?,
  started = ?, finished = ?, version = version + 1
WHERE seq = ? AND state = ? AND epoch = ? AND token IS ? AND version = ?`

const READY = `
SELECT * FROM task WHERE state = 'queued' AND not_before <= ? AND type IN (SELECT value FROM json_each(?))
ORDER BY class, vtag, seq LIMIT ?`

const AHEAD = `
SELECT count(*) AS ahead FROM task WHERE state = 'queued' AND (class, vtag, seq) < (?, ?, ?)`

/** The statements on `task`. No rule lives here: what changes is decided by `moves.ts`. */
export class TaskTable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  insert(task: InsertedTask): TaskRow {
    const row = this.#db.get<TaskRow>(
      INSERT,
      task.id,
      task.tenant,
      task.requestId,
      task.digest,
      task.type,
      task.classRank,
      task.payload,
      task.retryOf,
      task.createdMs,
      task.expiresMs,
      task.expiresMs,
    )
    if (row === undefined) throw new Error('INSERT … RETURNING gave no row')
    return row
  }

  /** Stores the move if nothing else was there first: state, epoch, token and version must be the ones decided on. */
  compareAndSet(row: TaskRow, to: MutableColumns): TaskRow | undefined {
    const { changes } = this.#db.run(
      COMPARE_AND_SET,
      ...[to.state, to.epoch, to.settled_epoch, to.token, to.worker, to.server, to.lease_until],
      ...[to.deadline, to.expires, to.not_before, to.attempts, to.stalls, to.engine, to.output, to.failure],
      ...[to.started, to.finished],
      ...[row.seq, row.state, row.epoch, row.token, row.version],
    )
    return changes === 1 ? { ...row, ...to, version: row.version + 1 } : undefined
  }

  /** A heartbeat's renewal: not a transition, so neither version nor event. */
  renewLease(row: TaskRow, leaseUntilMs: number): void {
    this.#db.run(
      `UPDATE task SET lease_until = ?, deadline = ? WHERE seq = ? AND state = 'running' AND epoch = ? AND token IS ?`,
      ...[leaseUntilMs, leaseUntilMs, row.seq, row.epoch, row.token],
    )
  }

  /** Every live lease is looked at again no sooner than `untilMs`. */
  postponeLeases(untilMs: number): void {
    this.#db.run(
      `UPDATE task SET deadline = ? WHERE deadline < ? AND state IN ('leased', 'running', 'cancelling')`,
      ...[untilMs, untilMs],
    )
  }

  byId(id: string): TaskRow | undefined {
    return this.#db.get<TaskRow>('SELECT * FROM task WHERE id = ?', id)
  }

  byRequest(tenant: string, requestId: string): TaskRow | undefined {
    return this.#db.get<TaskRow>('SELECT * FROM task WHERE tenant = ? AND request_id = ?', tenant, requestId)
  }

  ready(taskTypes: readonly string[], nowMs: number, limit: number): TaskRow[] {
    return this.#db.all<TaskRow>(READY, nowMs, JSON.stringify(taskTypes), limit)
  }

  /** Ready tasks under which a worker vanished before. */
  suspects(nowMs: number): number {
    const sql = `SELECT count(*) AS suspects FROM task WHERE state = 'queued' AND not_before <= ? AND stalls > 0`
    return this.#db.get<{ suspects: number }>(sql, nowMs)?.suspects ?? 0
  }

  ahead(row: TaskRow): number {
    return this.#db.get<{ ahead: number }>(AHEAD, row.class, row.vtag, row.seq)?.ahead ?? 0
  }

  /** Accepted runs of one worker. */
  runsOf(workerId: string): TaskRow[] {
    const sql = `SELECT * FROM task WHERE deadline IS NOT NULL AND worker = ? AND state IN ('running', 'cancelling')`
    return this.#db.all<TaskRow>(sql, workerId)
  }

  due(nowMs: number, limit: number): TaskRow[] {
    return this.#db.all<TaskRow>('SELECT * FROM task WHERE deadline <= ? ORDER BY deadline LIMIT ?', nowMs, limit)
  }

  /** Newest first, older than `beforeSeq`. */
  ofTenant(tenant: string, states: readonly TaskState[] | undefined, beforeSeq: number, limit: number): TaskRow[] {
    if (states === undefined) {
      const sql = 'SELECT * FROM task WHERE tenant = ? AND seq < ? ORDER BY seq DESC LIMIT ?'
      return this.#db.all<TaskRow>(sql, tenant, beforeSeq, limit)
    }
    const sql = `SELECT * FROM task WHERE tenant = ? AND seq < ? AND state IN (SELECT value FROM json_each(?))
      ORDER BY seq DESC LIMIT ?`
    return this.#db.all<TaskRow>(sql, tenant, beforeSeq, JSON.stringify(states), limit)
  }

  /** Forgets tasks that ended before `beforeMs`, at most `limit`; their request ids are free again. */
  purge(beforeMs: number, limit: number): number {
    const sql = 'DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE finished < ? ORDER BY finished LIMIT ?)'
    return this.#db.run(sql, beforeMs, limit).changes
  }

  /** Live tasks by tenant and state; every live task has a deadline, so the ended ones are not read. */
  tally(): { tenant: string; state: TaskState; tasks: number }[] {
    return this.#db.all('SELECT tenant, state, count(*) AS tasks FROM task WHERE deadline IS NOT NULL GROUP BY 1, 2')
  }
}
