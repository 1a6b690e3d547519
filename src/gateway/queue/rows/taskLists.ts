import { isTerminal } from '../../../protocol/task/index.ts'
import type { TaskState } from '../../../protocol/task/index.ts'
import type { Database } from '../../../shared/node/index.ts'
import type { TaskRow } from '../life/taskRow.ts'

export interface RowFilter {
  readonly states?: readonly TaskState[] | undefined
  /** Undefined: of all tenants. */
  readonly tenant?: string | undefined
  /** Also those meant for one worker only. */
  readonly withTargeted: boolean
  /** Only those whose result came after their cancel. */
  readonly withLateResult?: boolean | undefined
  readonly limit: number
  /** Only older ones than this task. */
  readonly after?: TaskRow | undefined
}

export interface RowPage {
  readonly rows: readonly TaskRow[]
  /** Id of the last row where more follow: a number would tell how many tasks all tenants have. */
  readonly cursor: string | null
}

/** One page of tasks, newest first. */
export function listRows(db: Database, filter: RowFilter): RowPage {
  const { states, tenant, limit } = filter
  const found =
    tenant === undefined || states === undefined
      ? select(db, filter, states === undefined ? [] : [stateCondition(states)])
      : // State by state, each by an index: a tenant has few of one kind among very many of another.
        states
          .flatMap((state) => select(db, filter, [stateCondition([state]), endedCondition(state)]))
          .toSorted((one, other) => other.seq - one.seq)
  const rows = found.slice(0, limit)
  return { rows, cursor: found.length > rows.length ? (rows.at(-1)?.id ?? null) : null }
}

function select(db: Database, filter: RowFilter, conditions: readonly string[]): TaskRow[] {
  const { tenant, after, limit } = filter
  const where = ['seq < ?', ...conditions]
  const values: (string | number)[] = [after?.seq ?? Number.MAX_SAFE_INTEGER]
  if (tenant !== undefined) {
    where.push('tenant = ?')
    values.push(tenant)
  }
  if (filter.withLateResult === true) where.push('late_output IS NOT NULL')
  if (!filter.withTargeted) where.push('target_worker IS NULL')
  const sql = `SELECT * FROM task WHERE ${where.join(' AND ')} ORDER BY seq DESC LIMIT ?`
  return db.all<TaskRow>(sql, ...values, limit + 1)
}

/** As literals, words of ours: only so the indexes of a part of the tasks are used. */
function stateCondition(states: readonly TaskState[]): string {
  return `state IN (${states.map((state) => `'${state}'`).join(', ')})`
}

function endedCondition(state: TaskState): string {
  return isTerminal(state) ? 'ended IS NOT NULL' : 'ended IS NULL'
}

/** Tasks whose id begins with `prefix`. */
export function rowsByPrefix(db: Database, prefix: string, limit: number): TaskRow[] {
  const sql = 'SELECT * FROM task WHERE id >= ? AND id < ? ORDER BY id LIMIT ?'
  // Ids are plain ASCII: everything that goes on after the prefix sorts before this.
  return db.all<TaskRow>(sql, prefix, `${prefix}\u{10FFFF}`, limit)
}
