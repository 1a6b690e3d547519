import { isAloneLine, targetOf } from './lines.ts'

/** The columns by which a task stands in line. */
export interface Place {
  readonly seq: number
  readonly line: string | null
  readonly rank: number
  readonly type: string
  readonly tenant: string
  readonly front: number
  readonly ages_at: number | null
  readonly created: number
}

export type Head = Pick<Place, 'seq' | 'front' | 'ages_at' | 'created'>

/** Tasks of one tenant and kind that stand in one line and class: first come, first served. */
export interface Lane {
  readonly line: string
  readonly isAlone: boolean
  /** The only worker that may take from it; undefined = any. */
  readonly target: string | undefined
  readonly rank: number
  readonly type: string
  readonly flow: Flow
  count: number
  /** Undefined: it must be looked up. */
  head: Head | undefined
}

/** What one tenant has waiting in one line and class, whatever the kinds: the unit of fairness. */
export interface Flow {
  readonly line: string
  readonly rank: number
  readonly tenant: string
  count: number
  /** Tasks of it that were moved to the front. */
  fronts: number
  /** Start tag of its next task, in fair queueing's virtual time. */
  tag: number
  /** Breaks ties: the flow that began to wait first. No two have the same. */
  order: number
}

/** What `task_line` counts of one lane when the book is opened. */
export interface LaneCount extends Pick<Place, 'rank' | 'type' | 'tenant'> {
  readonly line: string
  readonly tasks: number
  readonly fronts: number
  readonly first: number
}

interface LineBookDeps {
  /** The first task of a lane in the table, by its index. */
  readonly findHead: (lane: Lane) => Head | undefined
  /** A flow that was empty has a task again. */
  readonly onJoin: (flow: Flow) => void
}

/**
 * Who waits, in memory, beside the table: a few numbers per tenant and class, however many tasks there are. It holds
 * no task but the first of each lane, and that only until it is asked for again.
 */
export class LineBook {
  readonly #deps: LineBookDeps
  readonly #lanes: readonly Map<string, Lane>[] = [new Map(), new Map(), new Map()]
  readonly #flows: readonly Map<string, Flow>[] = [new Map(), new Map(), new Map()]
  readonly #waiting = [0, 0, 0]
  readonly #targets = new Map<string, number>()
  #alone = 0
  #joins = 0

  constructor(deps: LineBookDeps) {
    this.#deps = deps
  }

  /** Begins anew from what the table counts. */
  load(counts: readonly LaneCount[]): void {
    for (const book of [...this.#lanes, ...this.#flows]) book.clear()
    this.#waiting.fill(0)
    this.#targets.clear()
    this.#alone = 0
    // The flow that waits longest goes first among equals, as before the restart.
    for (const { tasks, fronts, first, ...place } of counts.toSorted((one, other) => one.first - other.first)) {
      const lane = this.#lane({ ...place, seq: first })
      this.#grow(lane, tasks, fronts)
    }
  }

  add(place: Place): void {
    const { line } = place
    if (line === null) return
    const lane = this.#lane({ ...place, line })
    if (lane.count === 0 || (lane.head !== undefined && isBefore(place, lane.head))) {
      const { seq, front, ages_at, created } = place
      lane.head = { seq, front, ages_at, created }
    }
    this.#grow(lane, 1, place.front < 0 ? 1 : 0)
  }

  remove(place: Place): void {
    const { line } = place
    if (line === null) return
    const lane = this.#lane({ ...place, line })
    this.#grow(lane, -1, place.front < 0 ? -1 : 0)
    if (lane.head?.seq === place.seq) lane.head = undefined
    if (lane.count === 0) this.#lanesOf(lane.rank).delete(laneKey(line, lane.type, lane.flow.tenant))
    if (lane.flow.count === 0) this.#flowsOf(lane.rank).delete(flowKey(line, lane.flow.tenant))
  }

  lanes(rank: number): Iterable<Lane> {
    return this.#lanesOf(rank).values()
  }

  flows(rank: number): Iterable<Flow> {
    return this.#flowsOf(rank).values()
  }

  flow(rank: number, line: string, tenant: string): Flow | undefined {
    return this.#flowsOf(rank).get(flowKey(line, tenant))
  }

  head(lane: Lane): Head | undefined {
    lane.head ??= this.#deps.findHead(lane)
    return lane.head
  }

  /** Tasks in line that any worker may take, in one class. */
  waiting(rank: number): number {
    return this.#waiting[rank] ?? 0
  }

  /** Of those, the ones that want a worker to themselves. */
  get alone(): number {
    return this.#alone
  }

  /** Workers that have tasks of their own in line. */
  get targets(): readonly string[] {
    return [...this.#targets.keys()]
  }

  #grow(lane: Lane, tasks: number, fronts: number): void {
    const { flow, target, rank } = lane
    lane.count += tasks
    flow.count += tasks
    flow.fronts += fronts
    if (target === undefined) {
      this.#waiting[rank] = this.waiting(rank) + tasks
      if (lane.isAlone) this.#alone += tasks
    } else {
      const waiting = (this.#targets.get(target) ?? 0) + tasks
      if (waiting === 0) this.#targets.delete(target)
      else this.#targets.set(target, waiting)
    }
    if (tasks > 0 && flow.count === tasks) {
      this.#joins += 1
      flow.order = this.#joins
      this.#deps.onJoin(flow)
    }
  }

  #lane(place: Omit<Place, 'front' | 'ages_at' | 'created'> & { readonly line: string }): Lane {
    const { line, rank, type, tenant } = place
    const key = laneKey(line, type, tenant)
    const known = this.#lanesOf(rank).get(key)
    if (known !== undefined) return known
    const kind = { line, isAlone: isAloneLine(line), target: targetOf(line) }
    const lane: Lane = { ...kind, rank, type, flow: this.#flow(place), count: 0, head: undefined }
    this.#lanesOf(rank).set(key, lane)
    return lane
  }

  #flow({ line, rank, tenant }: { readonly line: string; readonly rank: number; readonly tenant: string }): Flow {
    const key = flowKey(line, tenant)
    const known = this.#flowsOf(rank).get(key)
    if (known !== undefined) return known
    const flow: Flow = { line, rank, tenant, count: 0, fronts: 0, tag: 0, order: 0 }
    this.#flowsOf(rank).set(key, flow)
    return flow
  }

  #lanesOf(rank: number): Map<string, Lane> {
    return of(this.#lanes, rank)
  }

  #flowsOf(rank: number): Map<string, Flow> {
    return of(this.#flows, rank)
  }
}

/** Inside a lane: what was moved to the front, then first come, first served. */
function isBefore(one: Pick<Head, 'seq' | 'front'>, other: Pick<Head, 'seq' | 'front'>): boolean {
  return one.front === other.front ? one.seq < other.seq : one.front < other.front
}

function of<T>(ranks: readonly T[], rank: number): T {
  const found = ranks[rank]
  if (found === undefined) throw new RangeError(`there is no class ${String(rank)}`)
  return found
}

// Task types, tenants and worker ids have no line breaks.
function laneKey(line: string, type: string, tenant: string): string {
  return `${line}\n${type}\n${tenant}`
}

function flowKey(line: string, tenant: string): string {
  return `${line}\n${tenant}`
}
