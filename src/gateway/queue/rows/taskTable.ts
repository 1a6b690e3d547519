import type { TaskState } from '../../../protocol/task/index.ts'
import type { Database } from '../../../shared/node/index.ts'
import type { FairTag } from '../line/fairShare.ts'
import type { Head, Lane, LaneCount } from '../line/lineBook.ts'
import type { Move } from '../life/moves.ts'
import type { TaskRow } from '../life/taskRow.ts'

/** What is known of a task when it is stored; the rest has its default. */
export type InsertedTask = Pick<
  TaskRow,
  | 'id'
  | 'tenant'
  | 'request_id'
  | 'digest'
  | 'type'
  | 'class'
  | 'rank'
  | 'line'
  | 'ages_at'
  | 'payload'
  | 'retry_of'
  | 'target_worker'
  | 'voice_ms'
  | 'created'
  | 'ttl'
  | 'expires'
  | 'deadline'
>

const INSERTED = [
  ...(['id', 'tenant', 'request_id', 'digest', 'type', 'class', 'rank', 'line', 'ages_at', 'payload'] as const),
  ...(['retry_of', 'target_worker', 'voice_ms', 'created', 'ttl', 'expires', 'deadline'] as const),
] satisfies readonly (keyof InsertedTask)[]

const INSERT = `
INSERT INTO task(${INSERTED.join(', ')}, state, version)
VALUES (${INSERTED.map(() => '?').join(', ')}, 'queued', 1)`

/** The defaults of the other columns, as the schema has them. */
const FRESH = {
  ...{ state: 'queued', version: 1, epoch: 0, settled_epoch: 0, token: null, worker: null, server: null },
  ...{ lease_until: null, expires_soon: 0, not_before: 0, front: 0, attempts: 0, stalls: 0 },
  ...{ crashed_on: '', retried_once: '', limited: 0, engine: null, output: null, late_output: null },
  ...{ late_until: null, failure: null, started: null, run_from: null, finished: null, ended: null },
} as const satisfies Omit<TaskRow, keyof InsertedTask | 'seq'>

const LANE = 'line = ? AND rank = ? AND type = ? AND tenant = ?'

const LANE_COUNTS = `
SELECT line, rank, type, tenant, count(*) AS tasks, sum(front < 0) AS fronts, min(seq) AS first
FROM task WHERE line IS NOT NULL GROUP BY line, rank, type, tenant`

const APART = `
SELECT state, tenant, target_worker, count(*) AS tasks FROM task
WHERE deadline IS NOT NULL AND line IS NULL GROUP BY state, tenant, target_worker`

/** The statements on `task`. No rule lives here: what changes is decided by `moves.ts`. */
export class TaskTable {
  readonly #db: Database
  /** One statement for each set of columns that some event changes. */
  readonly #updates = new Map<string, string>()

  constructor(db: Database) {
    this.#db = db
  }

  insert(task: InsertedTask): TaskRow {
    const seq = this.#db.insert(INSERT, ...INSERTED.map((column) => task[column]))
    // Reading the row back would take as long as writing it.
    return { ...FRESH, ...task, seq }
  }

  /** Stores the move if nothing else was there first: state, epoch, token and version must be the ones decided on. */
  compareAndSet(row: TaskRow, { set }: Move): TaskRow | undefined {
    const { changes } = this.#db.run(
      this.#update(Object.keys(set)),
      ...Object.values(set),
      ...[row.seq, row.state, row.epoch, row.token, row.version],
    )
    return changes === 1 ? { ...row, ...set, version: row.version + 1 } : undefined
  }

  #update(columns: readonly string[]): string {
    const name = columns.join()
    const known = this.#updates.get(name)
    if (known !== undefined) return known
    const sql = `UPDATE task SET ${columns.map((column) => `${column} = ?`).join(', ')}, version = version + 1
      WHERE seq = ? AND state = ? AND epoch = ? AND token IS ? AND version = ?`
    this.#updates.set(name, sql)
    return sql
  }

  /** A heartbeat's renewal: not a transition, so neither version nor event. */
  renewLease(row: TaskRow, leaseUntilMs: number): void {
    this.#db.run(
      `UPDATE task SET lease_until = ?, deadline = ? WHERE seq = ? AND state = 'running' AND epoch = ? AND token IS ?`,
      ...[leaseUntilMs, leaseUntilMs, row.seq, row.epoch, row.token],
    )
  }

  /** Where it stands in line, and by which age: what nobody is told of. */
  setStanding(seq: number, { line, rank, ages_at }: Pick<TaskRow, 'line' | 'rank' | 'ages_at'>): void {
    this.#db.run('UPDATE task SET line = ?, rank = ?, ages_at = ? WHERE seq = ?', line, rank, ages_at, seq)
  }

  setCrashedOn(seq: number, crashedOn: string): void {
    this.#db.run('UPDATE task SET crashed_on = ? WHERE seq = ? AND deadline IS NOT NULL', crashedOn, seq)
  }

  /** A waiting task whose time is not over, as it turned out, is looked at then. */
  postponeWait(seq: number, untilMs: number): void {
    this.#db.run(`UPDATE task SET deadline = ? WHERE seq = ? AND state = 'queued'`, untilMs, seq)
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

  bySeq(seq: number): TaskRow | undefined {
    return this.#db.get<TaskRow>('SELECT * FROM task WHERE seq = ?', seq)
  }

  byRequest(tenant: string, requestId: string): TaskRow | undefined {
    return this.#db.get<TaskRow>('SELECT * FROM task WHERE tenant = ? AND request_id = ?', tenant, requestId)
  }

  head(lane: Lane): Head | undefined {
    const sql = `SELECT seq, front, ages_at, created FROM task WHERE ${LANE} ORDER BY front, seq LIMIT 1`
    return this.#db.get<Head>(sql, ...laneKey(lane))
  }

  /** The first tasks of a lane, in its order. */
  firstOf(lane: Lane, limit: number): TaskRow[] {
    return this.#db.all<TaskRow>(
      `SELECT * FROM task WHERE ${LANE} ORDER BY front, seq LIMIT ?`,
      ...laneKey(lane),
      limit,
    )
  }

  /** Tasks of a lane that came before (or after) another one of it; counts no further than `limit`. */
  countBeside(lane: Lane, side: '<' | '>', seq: number, limit: number): number {
    const sql = `SELECT count(*) AS tasks FROM (SELECT 1 FROM task WHERE ${LANE} AND front = 0 AND seq ${side} ? LIMIT ?)`
    return this.#db.get<{ tasks: number }>(sql, ...laneKey(lane), seq, limit)?.tasks ?? 0
  }

  /** Tasks of a lane that were moved to the front. */
  frontsOf(lane: Lane): number {
    const sql = `SELECT count(*) AS tasks FROM task WHERE ${LANE} AND front < 0`
    return this.#db.get<{ tasks: number }>(sql, ...laneKey(lane))?.tasks ?? 0
  }

  /** Tasks of a class that were moved to the front after `front`, so that they go before it. */
  countFronts(rank: number, front: number): number {
    const sql = `SELECT count(*) AS tasks FROM task WHERE front < 0 AND rank = ? AND front < ?
      AND line IS NOT NULL AND target_worker IS NULL`
    return this.#db.get<{ tasks: number }>(sql, rank, front)?.tasks ?? 0
  }

  /** Of all tasks that were moved to the front; 0 where none was. */
  smallestFront(): number {
    return this.#db.get<{ front: number | null }>('SELECT min(front) AS front FROM task WHERE front < 0')?.front ?? 0
  }

  /** Seq of the first and the last task of a lane that were not moved to the front. */
  arrivalsOf(lane: Lane): readonly [first: number, last: number] {
    const seq = (order: 'ASC' | 'DESC'): number =>
      this.#db.get<{ seq: number }>(
        `SELECT seq FROM task WHERE ${LANE} AND front = 0 ORDER BY seq ${order} LIMIT 1`,
        ...laneKey(lane),
      )?.seq ?? 0
    return [seq('ASC'), seq('DESC')]
  }

  /** Queued tasks whose back-off is over, and that stand in no line yet. */
  backoffOver(nowMs: number, limit: number): TaskRow[] {
    const sql = `SELECT * FROM task WHERE deadline IS NOT NULL AND line IS NULL AND state = 'queued' AND not_before <= ?
      ORDER BY not_before LIMIT ?`
    return this.#db.all<TaskRow>(sql, nowMs, limit)
  }

  /** When the next back-off is over. */
  nextBackoff(): number | undefined {
    const sql = `SELECT not_before FROM task WHERE deadline IS NOT NULL AND line IS NULL AND state = 'queued'
      ORDER BY not_before LIMIT 1`
    return this.#db.get<{ not_before: number }>(sql)?.not_before
  }

  /** Live leases of one worker, accepted or not. */
  leasesOf(workerId: string): TaskRow[] {
    const sql = `SELECT * FROM task WHERE worker = ? AND state IN ('leased', 'running', 'cancelling') ORDER BY seq`
    return this.#db.all<TaskRow>(sql, workerId)
  }

  due(nowMs: number, limit: number): TaskRow[] {
    return this.#db.all<TaskRow>('SELECT * FROM task WHERE deadline <= ? ORDER BY deadline LIMIT ?', nowMs, limit)
  }

  /** Forgets tasks that ended before `beforeMs`, at most `limit`; their request ids are free again. */
  purge(beforeMs: number, limit: number): { state: TaskState }[] {
    const sql = `DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE ended < ? ORDER BY ended LIMIT ?)
      RETURNING state`
    return this.#db.all(sql, beforeMs, limit)
  }

  /** What stands in which lane; reads the index alone. */
  laneCounts(): LaneCount[] {
    return this.#db.all<LaneCount>(LANE_COUNTS)
  }

  /** Live tasks that stand in no line. */
  apart(): { state: TaskState; tenant: string; target_worker: string | null; tasks: number }[] {
    return this.#db.all(APART)
  }

  /** Ended tasks by state; reads every entry of their index. */
  endedByState(): { state: TaskState; tasks: number }[] {
    return this.#db.all('SELECT state, count(*) AS tasks FROM task WHERE ended IS NOT NULL GROUP BY state')
  }

  fairTags(): FairTag[] {
    return this.#db.all<FairTag>('SELECT rank, line, tenant, tag FROM fair_tag')
  }

  saveFairTag({ rank, line, tenant, tag }: FairTag): void {
    const sql =
      'INSERT INTO fair_tag(rank, line, tenant, tag) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET tag = excluded.tag'
    this.#db.run(sql, rank, line, tenant, tag)
  }

  dropFairTag({ rank, line, tenant }: FairTag): void {
    this.#db.run('DELETE FROM fair_tag WHERE rank = ? AND line = ? AND tenant = ?', rank, line, tenant)
  }
}

function laneKey({ line, rank, type, flow }: Lane): [string, number, string, string] {
  return [line, rank, type, flow.tenant]
}
