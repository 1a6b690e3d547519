import type { StrategyName } from '../../protocol/admin/index.ts'
import { DELETE_ASSET } from '../../protocol/task/index.ts'
import type { Lease, LeaseRequest, QueuePort } from '../queue/port.ts'
import { askedLane, FREE_LANE, stepLane } from './isolationLane.ts'
import type { LaneState } from './isolationLane.ts'
import type { Roster } from './roster.ts'
import { STRATEGY } from './strategy.ts'
import type { Candidate } from './strategy.ts'

/** What a pass needs of dispatch; a live view, since workers come and go while it runs. */
export interface PassDeps {
  readonly queue: Pick<QueuePort, 'lease' | 'nextTenant' | 'waitingAlone' | 'waitingTargets' | 'counts' | 'arriving'>
  roster(): Roster
  /** Workers that connected since they were last given their backlog; empties the list. */
  takeFresh(): readonly string[]
  isAlone(workerId: string): boolean
  homeOf(tenant: string): string | null
  strategy(): StrategyName
  nowMono(): number
  isStopped(): boolean
  /** Tells the worker of its leases; false when they could not be told and were handed back. */
  deliver(workerId: string, leases: readonly Lease[]): Promise<boolean>
}

/** What a worker that was asked for in a round got. */
interface Answer {
  readonly candidate: Candidate
  readonly isIdle: boolean
  readonly given: number
  readonly isAll: boolean
}

/** Leases asked for in one turn of the loop, and so stored by one commit. */
const ROUND = 32
/** Files to forget are no runs: a worker may hold so many such tasks beside its limit. */
const REMOVALS_AT_ONCE = 8

/** Gives what waits to whoever has room, once around; whatever changes meanwhile is the next pass's. */
export class Pass {
  readonly #deps: PassDeps
  #lane: LaneState = FREE_LANE
  #lastNumber = 0
  /** False: the last pass left nobody with room. */
  mayHaveRoom = true

  constructor(deps: PassDeps) {
    this.#deps = deps
  }

  async run(): Promise<void> {
    const fresh = this.#deps.takeFresh()
    const targets = await this.#deps.queue.waitingTargets()
    const { queued: stored } = await this.#deps.queue.counts()
    const queued = stored + (await this.#deps.queue.arriving()).length
    this.mayHaveRoom = true
    // Most passes end here: a slot became free, and nothing waits for it.
    if (queued === 0 && targets.length === 0 && this.#lane.workerId === null) return
    const roster = this.#deps.roster()
    await this.#giveRemovals(roster, targets)
    const waitingAlone = queued === 0 ? 0 : await this.#deps.queue.waitingAlone()
    const doOthersWait = queued > waitingAlone
    await this.#runLane(roster, waitingAlone, doOthersWait)
    if (queued === 0) return
    const open = roster.able.filter((one) => one.workerId !== this.#lane.workerId && one.free > 0)
    const mayBeAlone = (one: Candidate): boolean => one.held === 0 && (one.limit === 1 || !doOthersWait)
    // A backlog is what is stored: what comes just now is given in turn.
    for (const workerId of stored === 0 ? [] : fresh) {
      const candidate = open.find((one) => one.workerId === workerId)
      if (candidate === undefined) continue
      const leases = await this.#lease(candidate, candidate.free, mayBeAlone(candidate), roster.fleetSlots)
      if (leases.length > 0) this.#lastNumber = candidate.number
    }
    await this.#giveRounds(open, mayBeAlone, roster.fleetSlots)
    this.mayHaveRoom = open.some((one) => one.free > 0)
  }

  /** Tasks that only one worker can do: it need not have an engine or a free slot to forget files. */
  async #giveRemovals(roster: Roster, targets: readonly string[]): Promise<void> {
    if (targets.length === 0) return
    const reachable = new Map(roster.reachable.map((one) => [one.workerId, one]))
    for (const workerId of targets) {
      const candidate = reachable.get(workerId)
      if (candidate === undefined || this.#deps.isAlone(workerId)) continue
      const credit = REMOVALS_AT_ONCE - candidate.removals
      if (!candidate.forgetsFiles || credit <= 0) continue
      await this.#lease({ ...candidate, kinds: [DELETE_ASSET] }, credit, candidate.held === 0, roster.fleetSlots)
    }
  }

  async #runLane(roster: Roster, waitingAlone: number, doOthersWait: boolean): Promise<void> {
    const { able, fleetSlots } = roster
    const nowMs = this.#deps.nowMono()
    const isAlone = (workerId: string): boolean => this.#deps.isAlone(workerId)
    const { lane, ask } = stepLane(this.#lane, { nowMs, waitingAlone, doOthersWait, able, fleetSlots, isAlone })
    this.#lane = lane
    if (ask === null || this.#deps.isStopped()) return
    const given = await this.#lease(ask, 1, true, fleetSlots, true)
    this.#lane = askedLane(lane, given.length > 0, nowMs)
  }

  /** Round after round, until nothing waits that anybody could take or nobody has room. */
  async #giveRounds(
    candidates: readonly Candidate[],
    mayBeAlone: (candidate: Candidate) => boolean,
    fleetSlots: number,
  ): Promise<void> {
    let open = candidates.filter((one) => one.free > 0)
    while (open.length > 0 && !this.#deps.isStopped()) {
      const { queued: stored } = await this.#deps.queue.counts()
      const queued = stored + (await this.#deps.queue.arriving()).length
      if (queued === 0) return
      const turns = await this.#pick(open, Math.min(queued, ROUND), fleetSlots)
      if (turns.length === 0) return
      const asked = [...new Set(turns)].map(async (candidate): Promise<Answer> => {
        const credit = turns.filter((one) => one === candidate).length
        const isIdle = mayBeAlone(candidate)
        const leases = await this.#lease(candidate, credit, isIdle, fleetSlots)
        return { candidate, isIdle, given: leases.length, isAll: isAllThereWas(leases, credit) }
      })
      const answers = await Promise.all(asked)
      const last = turns.findLast((turn) => answers.some((one) => one.candidate === turn && one.given > 0))
      this.#lastNumber = last?.number ?? this.#lastNumber
      const exhausted = answers.filter((answer) => answer.isAll)
      open = open.filter((one) => {
        if (one.free === 0 || this.#deps.isAlone(one.workerId)) return false
        return !exhausted.some((answer) => isNoBetter(one, answer, mayBeAlone(one)))
      })
    }
  }

  /** Whose turn each of the next tasks is. By tenant it is one at a time: whose task is next decides. */
  async #pick(open: readonly Candidate[], tasks: number, fleetSlots: number): Promise<readonly Candidate[]> {
    const name = this.#deps.strategy()
    const isByTenant = name === 'sticky'
    const homeWorkerId = isByTenant ? await this.#homeOfNext(open, fleetSlots) : null
    const turns: Candidate[] = []
    let withRoom = open
    let lastNumber = this.#lastNumber
    while (turns.length < (isByTenant ? Math.min(1, tasks) : tasks)) {
      const chosen = STRATEGY[name](withRoom, { lastNumber, homeWorkerId })
      if (chosen === undefined) break
      count(chosen, 1)
      if (chosen.free === 0) withRoom = withRoom.filter((one) => one !== chosen)
      lastNumber = chosen.number
      turns.push(chosen)
    }
    // Only thought of so far: what is really given is counted when it is.
    for (const chosen of turns) count(chosen, -1)
    return turns
  }

  async #homeOfNext(open: readonly Candidate[], fleetSlots: number): Promise<string | null> {
    const [any] = open
    if (any === undefined) return null
    const next = await this.#deps.queue.nextTenant(requestOf(any, 1, any.held === 0, fleetSlots))
    const tenant = next ?? (await this.#deps.queue.arriving())[0]
    return tenant === undefined ? null : this.#deps.homeOf(tenant)
  }

  async #lease(
    candidate: Candidate,
    credit: number,
    isIdle: boolean,
    fleetSlots: number,
    onlyAlone = false,
  ): Promise<readonly Lease[]> {
    if (this.#deps.isStopped()) return []
    const request = requestOf(candidate, credit, isIdle, fleetSlots)
    const leases = await this.#deps.queue.lease(onlyAlone ? { ...request, onlyAlone } : request)
    count(candidate, leases.length)
    if (leases.length > 0 && !(await this.#deps.deliver(candidate.workerId, leases))) candidate.free = 0
    return leases
  }
}

function count(candidate: Candidate, tasks: number): void {
  candidate.held += tasks
  candidate.free = Math.max(0, candidate.free - tasks)
}

function requestOf(candidate: Candidate, credit: number, isIdle: boolean, fleetSlots: number): LeaseRequest {
  const { workerId, serverId, kinds } = candidate
  return { workerId, serverId, kinds, credit, isIdle, fleetSlots }
}

/** Fewer than asked for, and not because one of them runs alone: nothing more waits for such a worker. */
function isAllThereWas(leases: readonly Lease[], credit: number): boolean {
  return leases.length < credit && !leases.some(({ task }) => task.stalls > 0)
}

/** `one` could be given nothing that the worker that got all there was could not have got. */
function isNoBetter(one: Candidate, answer: Answer, mayBeAlone: boolean): boolean {
  if (mayBeAlone && !answer.isIdle) return false
  return one.kinds.every((kind) => answer.candidate.kinds.includes(kind))
}
