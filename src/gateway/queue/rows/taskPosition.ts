import type { Lane } from '../line/lineBook.ts'
import { lineOf } from '../line/lines.ts'
import { aheadInFairOrder } from '../line/placeInLine.ts'
import type { TaskRow } from '../life/taskRow.ts'
import type { TaskStore } from './taskStore.ts'

/** So many tasks of one lane are counted one by one; between both ends the place is measured by arrival. */
export const POSITIONS_COUNTED = 1000

/** 1 = next; see `QueuePort.position`. A back-off is taken as if it were over. */
export function positionOf(store: TaskStore, row: TaskRow, nowMs: number, counted: number): number | null {
  const line = lineOf({ ...row, not_before: Math.min(row.not_before, nowMs) }, nowMs)
  if (line === null) return null
  const { book, fair, tasks } = store
  const { rank, tenant } = row
  if (row.front < 0) {
    let stronger = 0
    for (let other = 0; other < rank; other++) stronger += book.waiting(other)
    return 1 + stronger + tasks.countFronts(rank, row.front)
  }
  let aheadInFlow = 0
  for (const lane of book.lanes(rank)) {
    if (lane.line === line && lane.flow.tenant === tenant) aheadInFlow += aheadInLane(store, lane, row, counted)
  }
  const startTag = fair.startOf({ rank, line, tenant })
  return 1 + aheadInFairOrder(book, { line, rank, tenant, aheadInFlow }, startTag)
}

/** Of a task that any worker may take and that comes now: behind all that its tenant has in that class. */
export function positionOfNew({ book, fair }: TaskStore, rank: number, tenant: string): number {
  const flow = { rank, line: 'open', tenant }
  const aheadInFlow = book.flow(rank, flow.line, tenant)?.count ?? 0
  return 1 + aheadInFairOrder(book, { ...flow, aheadInFlow }, fair.startOf(flow))
}

function aheadInLane({ tasks }: TaskStore, lane: Lane, row: TaskRow, counted: number): number {
  const behind = tasks.countBeside(lane, '>', row.seq, counted)
  const own = row.line !== null && row.type === lane.type ? 1 : 0
  const most = lane.count - own - behind
  if (behind < counted) return most
  const before = tasks.countBeside(lane, '<', row.seq, counted)
  const fronts = lane.flow.fronts === 0 ? 0 : tasks.frontsOf(lane)
  if (before < counted) return fronts + before
  const [first, last] = tasks.arrivalsOf(lane)
  const share = (row.seq - first) / Math.max(1, last - first)
  const measured = fronts + Math.round(share * (lane.count - fronts - 1))
  return Math.min(most, Math.max(fronts + before, measured))
}
