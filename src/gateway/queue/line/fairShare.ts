import type { Flow } from './lineBook.ts'

/** Start tag of the next task of one flow, as it is stored. */
export interface FairTag {
  readonly rank: number
  readonly line: string
  readonly tenant: string
  readonly tag: number
}

type FlowName = Pick<Flow, 'rank' | 'line' | 'tenant'>

/** More tags than this are looked through for those that mean nothing any more. */
const MANY = 1000

/**
 * Start-time fair queueing, with a cost of 1 a task: virtual time of a class is the tag of its last leased task, and a
 * flow's next tag is the larger of that and the end of its last task. Whoever comes new starts at the virtual time,
 * so a backlog of thousands gives nobody a head start; whoever was held back gets no credit for it.
 */
export class FairShare {
  readonly #save: (tag: FairTag) => void
  readonly #virtual = [0, 0, 0]
  readonly #next = new Map<string, FairTag>()
  #pruneAt = MANY

  constructor(save: (tag: FairTag) => void) {
    this.#save = save
  }

  load(tags: readonly FairTag[]): void {
    this.#virtual.fill(0)
    this.#next.clear()
    for (const tag of tags) {
      this.#next.set(keyOf(tag), tag)
      // The stored tag is one more than that of the task it was stored for.
      this.#virtual[tag.rank] = Math.max(this.#virtualOf(tag.rank), tag.tag - 1)
    }
  }

  /** Tags that are kept. */
  get size(): number {
    return this.#next.size
  }

  startOf(flow: FlowName): number {
    return Math.max(this.#virtualOf(flow.rank), this.#next.get(keyOf(flow))?.tag ?? 0)
  }

  join(flow: Flow): void {
    flow.tag = this.startOf(flow)
  }

  /** The flow's next task was leased. */
  charge(flow: Flow): void {
    const { rank, line, tenant } = flow
    const virtual = Math.max(this.#virtualOf(rank), flow.tag)
    this.#virtual[rank] = virtual
    flow.tag = Math.max(flow.tag + 1, virtual)
    const next = { rank, line, tenant, tag: flow.tag }
    this.#next.set(keyOf(flow), next)
    this.#save(next)
    if (this.#next.size > this.#pruneAt) this.#prune()
  }

  /** A tag that virtual time has reached says no more than virtual time does. */
  isSpent(tag: FairTag): boolean {
    return tag.tag <= this.#virtualOf(tag.rank)
  }

  #prune(): void {
    for (const [key, tag] of this.#next) if (this.isSpent(tag)) this.#next.delete(key)
    this.#pruneAt = MANY + 2 * this.#next.size
  }

  #virtualOf(rank: number): number {
    return this.#virtual[rank] ?? 0
  }
}

function keyOf({ rank, line, tenant }: FlowName): string {
  return `${String(rank)}\n${line}\n${tenant}`
}
