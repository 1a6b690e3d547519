import { PRIORITY_CLASSES, isTerminal } from '../../../protocol/task/index.ts'
import type { TaskState } from '../../../protocol/task/index.ts'
import type { Database } from '../../../shared/node/index.ts'
import type { Lane, LineBook } from '../line/lineBook.ts'

type Ask = readonly [db: Database, beforeSeq: number, limit: number]

/** Tasks of one kind, side by side with others: `newest` reads one key, `list` the newest keys of it. */
interface Run {
  readonly newest: number
  readonly list: () => number[]
}

/**
 * The newest tasks in these states over all tenants, of those before `beforeSeq`, newest first. There is no index for
 * it, so that a submit pays nothing: each state is put together from the indexes of tenants, lanes and live tasks. One
 * of a kind among very many of another is found at once.
 */
export function newestInStates(
  db: Database,
  book: LineBook,
  states: readonly TaskState[],
  beforeSeq: number,
  limit: number,
): number[] {
  const ask: Ask = [db, beforeSeq, limit]
  return states.reduce<number[]>((all, state) => newest([...all, ...inState(ask, book, state)], limit), [])
}

function inState(ask: Ask, book: LineBook, state: TaskState): number[] {
  if (isTerminal(state)) return newestOf(ask, endedRuns(ask, state))
  const apart = apartInState(ask, state)
  return state === 'queued' ? newest([...apart, ...waiting(ask, book)], ask[2]) : apart
}

/** Reads no run whose newest task is older than as many others as are asked for. */
function newestOf([, , limit]: Ask, runs: readonly Run[]): number[] {
  let found: number[] = []
  for (const run of runs.toSorted((one, other) => other.newest - one.newest)) {
    if (found.length === limit && run.newest < (found.at(-1) ?? 0)) break
    found = newest([...found, ...run.list()], limit)
  }
  return found
}

/** Live tasks that stand in no line: leased, running, cancelling, and queued ones that back off. */
function apartInState([db, beforeSeq, limit]: Ask, state: TaskState): number[] {
  const where = `deadline IS NOT NULL AND line IS NULL AND state = ? AND seq < ?`
  return seqs(db, `SELECT seq FROM task WHERE ${where} ORDER BY seq DESC LIMIT ?`, state, beforeSeq, limit)
}

function waiting(ask: Ask, book: LineBook): number[] {
  const lanes = [...PRIORITY_CLASSES.keys()].flatMap((rank) => [...book.lanes(rank)])
  const fronts = lanes.filter((lane) => lane.flow.fronts > 0).flatMap((lane) => frontsOf(ask, lane))
  return newest([...fronts, ...newestOf(ask, runsOf(lanes.map((lane) => arrivals(ask, lane))))], ask[2])
}

const LANE = 'line = ? AND rank = ? AND type = ? AND tenant = ?'

function arrivals([db, beforeSeq, limit]: Ask, { line, rank, type, flow }: Lane): (limit?: number) => number[] {
  const sql = `SELECT seq FROM task INDEXED BY task_line WHERE ${LANE} AND front = 0 AND seq < ? ORDER BY seq DESC LIMIT ?`
  return (most = limit) => seqs(db, sql, line, rank, type, flow.tenant, beforeSeq, most)
}

function frontsOf([db, beforeSeq, limit]: Ask, { line, rank, type, flow }: Lane): number[] {
  const sql = `SELECT seq FROM task INDEXED BY task_line WHERE ${LANE} AND front < 0 AND seq < ? ORDER BY seq DESC LIMIT ?`
  return seqs(db, sql, line, rank, type, flow.tenant, beforeSeq, limit)
}

/** From one tenant to the next, by its index: none is known beforehand. */
const TENANTS = `
WITH RECURSIVE known(tenant) AS (
  SELECT min(tenant) FROM task WHERE ended IS NOT NULL
  UNION ALL
  SELECT (SELECT min(tenant) FROM task WHERE ended IS NOT NULL AND tenant > known.tenant) FROM known WHERE tenant IS NOT NULL
)
SELECT tenant FROM known WHERE tenant IS NOT NULL`

function endedRuns([db, beforeSeq, limit]: Ask, state: TaskState): Run[] {
  const where = 'tenant = ? AND state = ? AND ended IS NOT NULL AND seq < ?'
  const sql = `SELECT seq FROM task WHERE ${where} ORDER BY seq DESC LIMIT ?`
  const tenants = db.all<{ tenant: string }>(TENANTS)
  return runsOf(
    tenants.map(
      ({ tenant }) =>
        (most = limit) =>
          seqs(db, sql, tenant, state, beforeSeq, most),
    ),
  )
}

function runsOf(lists: readonly ((limit?: number) => number[])[]): Run[] {
  return lists.flatMap((list) => {
    const [first] = list(1)
    return first === undefined ? [] : [{ newest: first, list: () => list() }]
  })
}

function seqs(db: Database, sql: string, ...values: readonly (string | number)[]): number[] {
  return db.all<{ seq: number }>(sql, ...values).map(({ seq }) => seq)
}

function newest(found: readonly number[], limit: number): number[] {
  return found.toSorted((one, other) => other - one).slice(0, limit)
}
