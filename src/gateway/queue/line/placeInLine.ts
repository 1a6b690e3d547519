import type { Flow, LineBook } from './lineBook.ts'
import { targetOf } from './lines.ts'

export interface Waiter {
  readonly line: string
  readonly rank: number
  readonly tenant: string
  /** Tasks of its own flow that go before it. */
  readonly aheadInFlow: number
}

/**
 * How many tasks go before a waiting one, by arithmetic on the tags of the flows: the n-th next task of a flow has
 * its tag plus n. `startTag` is that of its flow where nothing of it stands in line yet.
 */
export function aheadInFairOrder(book: LineBook, waiter: Waiter, startTag: number): number {
  const { rank, line, tenant, aheadInFlow } = waiter
  const own = book.flow(rank, line, tenant)
  const tag = (own?.tag ?? startTag) + aheadInFlow
  const order = own?.order ?? Infinity
  const target = targetOf(line)
  if (target !== undefined) return aheadInFlow + aheadForTarget(book, target, rank, own, order)
  let ahead = aheadInFlow
  for (let stronger = 0; stronger < rank; stronger++) ahead += book.waiting(stronger)
  for (const flow of book.flows(rank)) {
    if (flow === own || targetOf(flow.line) !== undefined) continue
    ahead += aheadOfFlow(flow, tag, order)
  }
  return ahead
}

function aheadOfFlow(flow: Flow, tag: number, order: number): number {
  const byTag = tag - flow.tag + (flow.order < order ? 1 : 0)
  return Math.min(flow.count, Math.max(byTag, flow.fronts, 0))
}

/** A worker's own line is no matter of fairness: classes, then whoever waits longest. */
function aheadForTarget(book: LineBook, target: string, rank: number, own: Flow | undefined, order: number): number {
  let ahead = 0
  for (let other = 0; other <= rank; other++) {
    for (const flow of book.flows(other)) {
      if (flow === own || targetOf(flow.line) !== target) continue
      if (other < rank || flow.order < order) ahead += flow.count
    }
  }
  return ahead
}
