import type { TaskState } from '../../protocol/task/index.ts'
import type { Database } from '../../shared/node/index.ts'
import type { TaskRow } from './taskRow.ts'

export interface RowFilter {
  readonly states?: readonly TaskState[] | undefined
  /** Undefined: of all tenants. */
  readonly tenant?: string | undefined
  /** Also those meant for one worker only. */
  readonly withTargeted: boolean
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
  const { states, tenant, after, limit } = filter
  const conditions = ['seq < ?']
  const values: (string | number)[] = [after?.seq ?? Number.MAX_SAFE_INTEGER]
  if (tenant !== undefined) {
    conditions.push('tenant = ?')
    values.push(tenant)
  }
  if (!filter.withTargeted) conditions.push('target_worker IS NULL')
  if (states?.length === 1) {
    // As a literal: only so the index of dead letters is used.
    conditions.push(`state = '${String(states[0])}'`)
  } else if (states !== undefined) {
    conditions.push('state IN (SELECT value FROM json_each(?))')
    values.push(JSON.stringify(states))
  }
  const sql = `SELECT * FROM task WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`
  const found = db.all<TaskRow>(sql, ...values, limit + 1)
  const rows = found.slice(0, limit)
  return { rows, cursor: found.length > rows.length ? (rows.at(-1)?.id ?? null) : null }
}

/** Tasks whose id begins with `prefix`. */
export function rowsByPrefix(db: Database, prefix: string, limit: number): TaskRow[] {
  const sql = 'SELECT * FROM task WHERE id >= ? AND id < ? ORDER BY id LIMIT ?'
  // Ids are plain ASCII: everything that goes on after the prefix sorts before this.
  return db.all<TaskRow>(sql, prefix, `${prefix}\u{10FFFF}`, limit)
}
