import type { ServerNoteCode } from '../../protocol/admin/index.ts'
import type { EngineInfo, WorkerInfo } from '../../protocol/dsp/index.ts'
import type { GpuStatus } from '../../protocol/events/index.ts'
import { createEmitter } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import { GroupCommit } from '../queue/groupCommit.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'
import { freshLimit, limitInForce, lower, raise } from './adaptiveLimit.ts'
import { arrive, NO_ARRIVALS } from './admission.ts'
import type { Arrivals } from './admission.ts'
import { changesBetween, conditionsOf, isTrouble, stateOf } from './conditions.ts'
import type { Condition } from './conditions.ts'
import { gpuStatusOf } from './gpuStatus.ts'
import { ailmentOf, beat, doubted, nextMissMs } from './health.ts'
import type { FleetTimings } from './health.ts'
import { describeServer, presenceOf } from './member.ts'
import type { Member, Presence } from './member.ts'
import { Lives } from './lives.ts'
import { MissWatch } from './missWatch.ts'
import { NoteBook } from './noteBook.ts'
import type { Admission, Fleet, FleetEvent, FleetOutcome, GpuServer, ServerLoad, ServerNote } from './port.ts'
import { ServerTable } from './serverTable.ts'
import type { KnownWorker } from './serverTable.ts'

export interface FleetDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly timings: FleetTimings
  readonly settings: Pick<LiveSettings, 'current' | 'onChange'>
}

/** Of one turn of the event loop: each of them goes on to join, which everybody online is told of. */
const MAX_ENROLLED = 50

const NOT_CONNECTED: readonly Condition[] = [{ code: 'disconnected' }]

/** The fleet of one gateway process: presence in memory, ids, drains and notes in the database. */
export class MemoryFleet implements Fleet {
  readonly #deps: FleetDeps
  readonly #table: ServerTable
  readonly #enrolments: GroupCommit<never>
  readonly #notes: NoteBook
  readonly #members = new Map<string, Member>()
  readonly #arrivals = new Map<string, Arrivals>()
  readonly #lives = new Lives()
  readonly #changes = createEmitter<GpuStatus>()
  readonly #events = createEmitter<FleetEvent>()
  readonly #unsubscribe: () => void
  #isStarting = false
  #isClosed = false
  /** Kept, since everybody's views ask for it; made anew by whatever can change it. */
  #status: GpuStatus
  readonly #watch: MissWatch

  constructor(deps: FleetDeps) {
    this.#deps = deps
    this.#table = new ServerTable(deps.db)
    const nothing = (): void => undefined
    this.#enrolments = new GroupCommit({ db: deps.db, announce: nothing, rolledBack: nothing, maxGroup: MAX_ENROLLED })
    this.#notes = new NoteBook(deps)
    for (const known of this.#table.all()) this.#members.set(known.workerId, this.#newMember(known))
    this.#noteLostConnections()
    this.#watch = new MissWatch(deps.clock, () => {
      this.#lookForMisses()
    })
    this.#status = gpuStatusOf(this.list(), this.#isStarting)
    this.#unsubscribe = deps.settings.onChange(() => {
      for (const member of this.#members.values()) member.shown = undefined
      this.#tellStatus()
    })
  }

  admit(workerId: string, connectionId: number, bootId?: string): Admission {
    const { clock, timings } = this.#deps
    const member = this.#members.get(workerId)
    const presence = member?.presence
    if (presence !== undefined && presence.connectionId > connectionId) return { kind: 'replaced' }
    const absence = { nowMs: clock.monotonic(), absenceMs: timings.flapWindowMs }
    if (bootId !== undefined && this.#lives.isTwin(workerId, bootId, presence?.bootId, absence)) {
      return { kind: 'replaced' }
    }
    const before = this.#arrivals.get(workerId) ?? NO_ARRIVALS
    const { admission, arrivals } = arrive(before, clock.monotonic(), timings)
    this.#arrivals.set(workerId, arrivals)
    if (member !== undefined && before.delayMs === 0 && arrivals.delayMs > 0) this.#note(member, { code: 'flapping' })
    return admission
  }

  async enrol({ id, name }: Pick<WorkerInfo, 'id' | 'name'>): Promise<void> {
    if (this.#members.get(id)?.known.name === name) return
    this.#know(await this.#enrolments.write(() => this.#table.give(id, name, this.#deps.clock.now())))
  }

  join(worker: WorkerInfo, connectionId: number): GpuServer {
    const { clock } = this.#deps
    const found = this.#members.get(worker.id)
    const member =
      found?.known.name === worker.name ? found : this.#know(this.#table.give(worker.id, worker.name, clock.now()))
    const now = { wallMs: clock.now(), monoMs: clock.monotonic() }
    if (member.presence !== undefined) this.#note(member, { code: 'replaced' })
    const before = member.presence
    const keptDoubt = this.#lives.join(worker.id, worker.boot_id, before?.bootId)
    const doubt = before?.bootId === worker.boot_id ? before.pulse.doubt : keptDoubt
    member.presence = presenceOf(worker, connectionId, now)
    // A reconnect proves nothing.
    if (doubt !== null) member.presence.pulse = doubted(member.presence.pulse, doubt)
    member.lastSeenMs = now.wallMs
    this.#refresh(member)
    this.#armWatch()
    this.#tellStatus()
    return this.#toServer(member)
  }

  leave(workerId: string, connectionId: number): void {
    const member = this.#members.get(workerId)
    // The close of an older socket must not take a newer one of the same worker down.
    if (member?.presence?.connectionId !== connectionId) return
    const { bootId, pulse } = member.presence
    this.#lives.leave(workerId, bootId, this.#deps.clock.monotonic(), pulse.doubt)
    member.presence = undefined
    this.#refresh(member)
    this.#armWatch()
    this.#tellStatus()
  }

  heartbeat(workerId: string, load?: ServerLoad): void {
    const { clock, timings, settings } = this.#deps
    this.#update(workerId, (member, presence) => {
      const nowMono = clock.monotonic()
      member.lastSeenMs = clock.now()
      presence.pulse = beat(presence.pulse, nowMono, timings)
      if (load !== undefined) presence.load = load
      const raised = raise(member.limit, presence.slots, settings.current(), nowMono, member.held)
      this.#setLimit(member, presence, raised, 'limit_raised')
    })
  }

  setEngines(workerId: string, engines: readonly EngineInfo[]): void {
    this.#update(workerId, (_, presence) => {
      presence.engines = engines
    })
    this.#tellStatus()
  }

  setDraining(workerId: string, draining: boolean): void {
    this.#update(workerId, (_, presence) => {
      presence.isDraining = draining
    })
  }

  setLeaving(workerId: string, leaving: boolean): void {
    const member = this.#members.get(workerId)
    if (member === undefined || member.isLeaving === leaving) return
    member.isLeaving = leaving
    if (this.#refresh(member)) this.#tellStatus()
  }

  setHeld(workerId: string, held: number): void {
    const member = this.#members.get(workerId)
    if (member === undefined || member.held === held) return
    member.held = held
    member.shown = undefined
  }

  overloaded(workerId: string, code: string): void {
    const { clock, timings, settings } = this.#deps
    this.#update(workerId, (member, presence) => {
      const { slots } = presence
      const lowered = lower(member.limit, slots, settings.current(), clock.monotonic(), timings.overloadPauseMs)
      this.#setLimit(member, presence, lowered, 'limit_lowered', code)
    })
  }

  distrust(workerId: string, code: ServerNoteCode): void {
    this.#update(workerId, (_, presence) => {
      presence.pulse = doubted(presence.pulse, code)
    })
  }

  setStarting(starting: boolean): void {
    this.#isStarting = starting
    this.#tellStatus()
  }

  drain(serverId: string): FleetOutcome {
    return this.#setDrained(serverId, true)
  }

  resume(serverId: string): FleetOutcome {
    return this.#setDrained(serverId, false)
  }

  remove(serverId: string): FleetOutcome {
    const member = this.#memberOf(serverId)
    if (member === undefined) return { kind: 'missing' }
    if (member.presence !== undefined) return { kind: 'refused', reason: 'connected' }
    const server = this.#toServer(member)
    this.#table.remove(server.workerId)
    this.#notes.forget(server.workerId)
    this.#members.delete(server.workerId)
    this.#arrivals.delete(server.workerId)
    this.#lives.forget(server.workerId)
    this.#deps.log.info('server removed', { server: serverId, worker: server.workerId })
    return { kind: 'applied', server }
  }

  list(): readonly GpuServer[] {
    return [...this.#members.values()].map((member) => this.#toServer(member))
  }

  get(serverId: string): GpuServer | undefined {
    const member = this.#memberOf(serverId)
    return member === undefined ? undefined : this.#toServer(member)
  }

  history(serverId: string): readonly ServerNote[] {
    const member = this.#memberOf(serverId)
    return member === undefined ? [] : this.#notes.of(member.known.workerId)
  }

  status(): GpuStatus {
    return this.#status
  }

  onChange(listener: (status: GpuStatus) => void): () => void {
    return this.#changes.on(listener)
  }

  onEvent(listener: (event: FleetEvent) => void): () => void {
    return this.#events.on(listener)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#unsubscribe()
    this.#watch.stop()
    this.#enrolments.close()
    this.#notes.flush()
  }

  #know(known: KnownWorker): Member {
    const found = this.#members.get(known.workerId)
    const member = found === undefined ? this.#newMember(known) : Object.assign(found, { known, shown: undefined })
    this.#members.set(known.workerId, member)
    return member
  }

  #newMember(known: KnownWorker): Member {
    const limit = freshLimit(this.#deps.settings.current())
    const told = known.isDrained ? [...NOT_CONNECTED, { code: 'drained' } as const] : NOT_CONNECTED
    const lastSeenMs = this.#notes.of(known.workerId).at(-1)?.atMs ?? 0
    return { known, presence: undefined, held: 0, lastSeenMs, limit, isLeaving: false, told, shown: undefined }
  }

  /** An earlier process that was killed could not tell that everybody's connection went with it. */
  #noteLostConnections(): void {
    for (const member of this.#members.values()) {
      const { workerId } = member.known
      const last = this.#notes.of(workerId).findLast(({ code }) => code === 'connected' || code === 'disconnected')
      if (last?.code === 'connected') this.#note(member, { code: 'disconnected' })
    }
  }

  #memberOf(serverId: string): Member | undefined {
    for (const member of this.#members.values()) if (member.known.serverId === serverId) return member
    return undefined
  }

  #setDrained(serverId: string, isDrained: boolean): FleetOutcome {
    const member = this.#memberOf(serverId)
    if (member === undefined) return { kind: 'missing' }
    if (member.known.isDrained !== isDrained) {
      this.#table.setDrained(member.known.workerId, isDrained)
      member.known = { ...member.known, isDrained }
      // Its own word was the answer to the drain; it says so again if it is more than that.
      if (!isDrained && member.presence !== undefined) member.presence.isDraining = false
      this.#refresh(member)
      this.#tellStatus()
    }
    return { kind: 'applied', server: this.#toServer(member) }
  }

  #update(workerId: string, change: (member: Member, presence: Presence) => void): void {
    const member = this.#members.get(workerId)
    if (member?.presence === undefined) return
    member.shown = undefined
    change(member, member.presence)
    if (!this.#refresh(member)) return
    this.#armWatch()
    this.#tellStatus()
  }

  #setLimit(member: Member, presence: Presence, next: Member['limit'], code: ServerNoteCode, cause?: string): void {
    const settings = this.#deps.settings.current()
    const before = limitInForce(member.limit, presence.slots, settings)
    member.limit = next
    const after = limitInForce(next, presence.slots, settings)
    if (after === before) return
    this.#note(member, { code, detail: [`${before} → ${after}`, ...(cause === undefined ? [] : [cause])].join(', ') })
    this.#tellStatus()
  }

  /** Tells what began and what ended since it was last told; false when nothing did. */
  #refresh(member: Member): boolean {
    member.shown = undefined
    const conditions = this.#conditionsOf(member)
    const before = member.told
    member.told = conditions
    const changes = changesBetween(before, conditions)
    for (const change of changes) this.#note(member, change)
    return changes.length > 0 || stateOf(before) !== stateOf(conditions)
  }

  #note(member: Member, { code, detail }: Condition): void {
    const note: ServerNote = { code, atMs: this.#deps.clock.now(), ...(detail === undefined ? {} : { detail }) }
    this.#notes.add(member.known.workerId, note)
    member.shown = undefined
    const server = this.#toServer(member)
    const fields = { server: server.serverId, note: code, state: server.state }
    this.#deps.log[isTrouble(code) ? 'warn' : 'info'](
      'server changed',
      detail === undefined ? fields : { ...fields, detail },
    )
    this.#events.emit({ server, note })
  }

  #tellStatus(): void {
    const before = JSON.stringify(this.#status)
    this.#status = gpuStatusOf(this.list(), this.#isStarting)
    if (JSON.stringify(this.#status) !== before) this.#changes.emit(this.#status)
  }

  #armWatch(): void {
    const nowMono = this.#deps.clock.monotonic()
    const missesMs = [...this.#members.values()].flatMap(({ presence }) => {
      const missMs = presence === undefined ? undefined : nextMissMs(presence.pulse, nowMono, this.#deps.timings)
      return missMs === undefined ? [] : [missMs]
    })
    this.#watch.arm(missesMs)
  }

  #lookForMisses(): void {
    const changed = [...this.#members.values()].filter((member) => this.#refresh(member))
    if (changed.length > 0) this.#tellStatus()
    this.#armWatch()
  }

  #conditionsOf({ known, presence, isLeaving }: Member): readonly Condition[] {
    const { clock, timings } = this.#deps
    return conditionsOf({
      isConnected: presence !== undefined,
      ailment: presence === undefined ? undefined : ailmentOf(presence.pulse, clock.monotonic(), timings),
      isDrained: known.isDrained,
      isDraining: isLeaving || (presence?.isDraining ?? false),
      engines: presence?.engines ?? [],
    })
  }

  /** Made anew only when something about it changed: a pass of dispatch looks at every server. */
  #toServer(member: Member): GpuServer {
    const { clock, timings } = this.#deps
    const nowMono = clock.monotonic()
    if (member.shown !== undefined && nowMono <= member.shown.untilMs) return member.shown.server
    const { presence } = member
    const missMs = presence === undefined ? undefined : nextMissMs(presence.pulse, nowMono, timings)
    const server = describeServer(member, {
      conditions: this.#conditionsOf(member),
      settings: this.#deps.settings.current(),
      notedMs: (code) => this.#notes.lastMs(member.known.workerId, code),
    })
    member.shown = { server, untilMs: missMs ?? Infinity }
    return server
  }
}
