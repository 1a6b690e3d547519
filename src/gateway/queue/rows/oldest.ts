import { PRIORITY_CLASSES } from '../../../protocol/task/index.ts'
import type { Database } from '../../../shared/node/index.ts'
import type { Lane, LineBook } from '../line/lineBook.ts'

const LANE = 'line = ? AND rank = ? AND type = ? AND tenant = ?'

/**
 * When the task came that waits longest for any worker: whether it stands first in its lane, behind others that were
 * moved to the front, or backs off. Undefined when none waits.
 */
export function oldestWaitingMs(db: Pick<Database, 'get'>, book: LineBook): number | undefined {
  const lanes = [...PRIORITY_CLASSES.keys()].flatMap((rank) => [...book.lanes(rank)])
  const open = lanes.filter((lane) => lane.target === undefined)
  const inLine = open.flatMap((lane) => (lane.flow.fronts === 0 ? (book.head(lane)?.created ?? []) : ofLane(db, lane)))
  const oldest = Math.min(...inLine, ...backingOff(db))
  return oldest === Infinity ? undefined : oldest
}

/** Its heads are of those that were moved: the others are in the order in which they came. */
function ofLane(db: Pick<Database, 'get'>, { line, rank, type, flow }: Lane): number[] {
  const key = [line, rank, type, flow.tenant]
  return [
    ...created(
      db,
      `SELECT created FROM task INDEXED BY task_line WHERE ${LANE} AND front = 0 ORDER BY seq LIMIT 1`,
      key,
    ),
    ...created(db, `SELECT min(created) AS created FROM task INDEXED BY task_line WHERE ${LANE} AND front < 0`, key),
  ]
}

function backingOff(db: Pick<Database, 'get'>): number[] {
  const where = `deadline IS NOT NULL AND line IS NULL AND state = 'queued' AND target_worker IS NULL`
  return created(db, `SELECT min(created) AS created FROM task WHERE ${where}`, [])
}

function created(db: Pick<Database, 'get'>, sql: string, values: readonly (string | number)[]): number[] {
  const row = db.get<{ created: number | null }>(sql, ...values)
  return row === undefined || row.created === null ? [] : [row.created]
}
