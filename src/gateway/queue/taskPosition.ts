import type { Lane } from './lineBook.ts'
import { lineOf } from './lines.ts'
import { aheadInFairOrder } from './placeInLine.ts'
import type { TaskRow } from './taskRow.ts'
import type { TaskStore } from './taskStore.ts'

/** So many tasks of one lane are counted one by one; between both ends the place is measured by arrival. */
const COUNTED = 1000

/** 1 = next; see `QueuePort.position`. A back-off is taken as if it were over. */
export function positionOf(store: TaskStore, row: TaskRow, nowMs: number): number | null {
  const line = lineOf({ ...row, not_before: Math.min(row.not_before, nowMs) }, nowMs)
  if (line === null) return null
  const { book, fair, tasks } = store
  const { rank, tenant, seq } = row
  if (row.front < 0) {
    let stronger = 0
    for (let other = 0; other < rank; other++) stronger += book.waiting(other)
    return 1 + stronger + tasks.countFronts(rank, row.front)
  }
  let aheadInFlow = 0
  for (const lane of book.lanes(rank)) {
    if (lane.line === line && lane.flow.tenant === tenant) aheadInFlow += aheadInLane(store, lane, row)
  }
  const startTag = fair.startOf({ rank, line, tenant })
  return 1 + aheadInFairOrder(book, { line, rank, tenant, seq, aheadInFlow }, startTag)
}

function aheadInLane({ book, tasks }: TaskStore, lane: Lane, row: TaskRow): number {
  const behind = tasks.countBeside(lane, '>', row.seq, COUNTED)
  const own = row.line === null ? 0 : 1
  if (behind < COUNTED) return lane.count - behind - own
  const before = tasks.countBeside(lane, '<', row.seq, COUNTED)
  if (before < COUNTED) return before + (lane.flow.fronts === 0 ? 0 : tasks.frontsOf(lane))
  const first = book.head(lane)?.seq ?? 0
  const share = (row.seq - first) / Math.max(1, tasks.lastSeq(lane) - first)
  return Math.round(share * lane.count)
}
