import { PRIORITY_CLASSES } from '../../protocol/task/index.ts'
import type { Head, Lane, LineBook } from './lineBook.ts'
import type { LeaseRequest } from './port.ts'

export interface Pick {
  readonly lane: Lane
  readonly head: Head
}

interface PickRules {
  /** This answer gives something already: nothing that wants a worker to itself may follow. */
  readonly hasGiven: boolean
  /** Live leases of a tenant. */
  readonly liveOf: (tenant: string) => number
}

/**
 * The task this worker gets next: the strongest class first; in it what only this worker may take, what was moved to
 * the front, then the smallest tag. A tenant that has its part of all slots waits while another has something ready.
 */
export function pickNext(book: LineBook, request: LeaseRequest, rules: PickRules): Pick | undefined {
  const cap = Math.max(1, Math.ceil(request.fleetSlots / 2))
  let capped: Pick | undefined
  for (const rank of PRIORITY_CLASSES.keys()) {
    let best: Pick | undefined
    for (const lane of book.lanes(rank)) {
      if (!mayTake(lane, request, rules.hasGiven)) continue
      const head = book.head(lane)
      if (head === undefined) continue
      const isCapped = lane.target === undefined && head.front >= 0 && rules.liveOf(lane.flow.tenant) >= cap
      if (!isCapped && (best === undefined || goesFirst(lane, head, best))) best = { lane, head }
      if (isCapped && (capped?.lane.rank !== rank ? capped === undefined : goesFirst(lane, head, capped))) {
        capped = { lane, head }
      }
    }
    if (best !== undefined) return best
  }
  return capped
}

function mayTake(lane: Lane, request: LeaseRequest, hasGiven: boolean): boolean {
  if (lane.target !== undefined && lane.target !== request.workerId) return false
  if (lane.isAlone ? !request.isIdle || hasGiven : request.onlyAlone === true) return false
  return request.taskTypes.includes(lane.type)
}

function goesFirst(lane: Lane, head: Head, other: Pick): boolean {
  const isOurs = lane.target !== undefined
  if (isOurs !== (other.lane.target !== undefined)) return isOurs
  if (head.front !== other.head.front) return head.front < other.head.front
  const [mine, theirs] = [lane.flow, other.lane.flow]
  if (!isOurs && mine.tag !== theirs.tag) return mine.tag < theirs.tag
  if (!isOurs && mine.order !== theirs.order) return mine.order < theirs.order
  return head.seq < other.head.seq
}
