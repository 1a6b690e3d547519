import { PRIORITY_CLASSES } from '../../../protocol/task/index.ts'
import type { Head, Lane, LineBook } from './lineBook.ts'
import type { LeaseRequest } from '../port.ts'

export interface Picked {
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
export function pickNext(book: LineBook, request: LeaseRequest, rules: PickRules): Picked | undefined {
  const cap = Math.max(1, Math.ceil(request.fleetSlots / 2))
  let capped: Lane | undefined
  for (const rank of PRIORITY_CLASSES.keys()) {
    let best: Lane | undefined
    let cappedHere: Lane | undefined
    for (const lane of book.lanes(rank)) {
      if (!mayTake(lane, request, rules.hasGiven)) continue
      const isCapped = lane.target === undefined && rules.liveOf(lane.flow.tenant) >= cap && frontOf(book, lane) === 0
      if (isCapped) cappedHere = first(book, lane, cappedHere)
      else best = first(book, lane, best)
    }
    if (best !== undefined) return withHead(book, best)
    capped ??= cappedHere
  }
  return capped === undefined ? undefined : withHead(book, capped)
}

function withHead(book: LineBook, lane: Lane): Picked | undefined {
  const head = book.head(lane)
  return head === undefined ? undefined : { lane, head }
}

function mayTake(lane: Lane, request: LeaseRequest, hasGiven: boolean): boolean {
  if (lane.target !== undefined && lane.target !== request.workerId) return false
  if (lane.isAlone ? !request.isIdle || hasGiven : request.onlyAlone === true) return false
  return request.kinds.includes(lane.type)
}

/** Nobody's head is looked up unless it decides: there may be as many lanes as tenants. */
function first(book: LineBook, lane: Lane, other: Lane | undefined): Lane {
  if (other === undefined) return lane
  const isOurs = lane.target !== undefined
  if (isOurs !== (other.target !== undefined)) return isOurs ? lane : other
  const [front, otherFront] = [frontOf(book, lane), frontOf(book, other)]
  if (front !== otherFront) return front < otherFront ? lane : other
  const [mine, theirs] = [lane.flow, other.flow]
  if (!isOurs && mine.tag !== theirs.tag) return mine.tag < theirs.tag ? lane : other
  if (mine.order !== theirs.order) return mine.order < theirs.order ? lane : other
  return (book.head(lane)?.seq ?? Infinity) < (book.head(other)?.seq ?? Infinity) ? lane : other
}

function frontOf(book: LineBook, lane: Lane): number {
  return lane.flow.fronts === 0 ? 0 : (book.head(lane)?.front ?? 0)
}
