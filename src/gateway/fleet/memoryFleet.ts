import type { ServerNoteCode } from '../../protocol/admin/index.ts'
import type { EngineInfo, WorkerInfo } from '../../protocol/dsp/index.ts'
import type { GpuStatus } from '../../protocol/events/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'
import { limitInForce, lower, raise } from './adaptiveLimit.ts'
import { arrive, NO_ARRIVALS } from './admission.ts'
import type { Arrivals } from './admission.ts'
import { beat, doubted } from './health.ts'
import type { FleetTimings } from './health.ts'
import { Lives } from './lives.ts'
import { presenceOf } from './member.ts'
import type { Member, Presence } from './member.ts'
import { Members } from './members.ts'
import { MissWatch } from './missWatch.ts'
import { NoteBook } from './noteBook.ts'
import type {
  Admission,
  Enrolment,
  Fleet,
  FleetEvent,
  FleetOutcome,
  GpuServer,
  ServerLoad,
  ServerNote,
} from './port.ts'
import { ServerNews } from './serverNews.ts'
import { Standings } from './standings.ts'

export interface FleetDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly timings: FleetTimings
  readonly settings: Pick<LiveSettings, 'current' | 'onChange'>
}

/** The fleet of one gateway process: presence in memory, ids, drains and notes in the database. */
export class MemoryFleet implements Fleet {
  readonly #deps: FleetDeps
  readonly #notes: NoteBook
  readonly #members: Members
  readonly #standings: Standings
  readonly #news: ServerNews
  readonly #arrivals = new Map<string, Arrivals>()
  readonly #lives = new Lives()
  readonly #watch: MissWatch
  readonly #unsubscribe: () => void
  #isClosed = false

  constructor(deps: FleetDeps) {
    this.#deps = deps
    this.#notes = new NoteBook(deps)
    this.#members = new Members({ ...deps, notes: this.#notes })
    this.#standings = new Standings({ ...deps, notes: this.#notes })
    this.#news = new ServerNews({ ...deps, notes: this.#notes, members: this.#members, standings: this.#standings })
    this.#watch = new MissWatch(deps.clock, () => {
      this.#lookForMisses()
    })
    this.#unsubscribe = deps.settings.onChange(() => {
      for (const member of this.#members.all()) member.shown = undefined
      this.#news.tellStatus()
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
    const isFlapping = before.delayMs === 0 && arrivals.delayMs > 0
    if (member !== undefined && isFlapping) this.#news.note(member, { code: 'flapping' })
    return admission
  }

  enrol(worker: Enrolment): Promise<void> {
    return this.#members.enrol(worker)
  }

  join(worker: WorkerInfo, connectionId: number): GpuServer {
    const { clock } = this.#deps
    const member = this.#members.enrolled(worker)
    const now = { wallMs: clock.now(), monoMs: clock.monotonic() }
    if (member.presence !== undefined) this.#news.note(member, { code: 'replaced' })
    const before = member.presence
    const keptDoubt = this.#lives.join(worker.id, worker.boot_id, before?.bootId)
    const doubt = before?.bootId === worker.boot_id ? before.pulse.doubt : keptDoubt
    member.presence = presenceOf(worker, connectionId, now)
    // A reconnect proves nothing.
    if (doubt !== null) member.presence.pulse = doubted(member.presence.pulse, doubt)
    member.lastSeenMs = now.wallMs
    this.#refresh(member)
    this.#armWatch()
    this.#news.tellStatus()
    return this.#standings.describe(member)
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
    this.#news.tellStatus()
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
    this.#update(workerId, (member, presence) => {
      presence.engines = engines
      this.#members.enrolled({
        id: workerId,
        name: member.known.name,
        task_types: [...presence.taskTypes],
        engines: [...engines],
      })
    })
    this.#news.tellStatus()
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
    if (this.#refresh(member)) this.#news.tellStatus()
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
    this.#news.setStarting(starting)
  }

  drain(serverId: string): FleetOutcome {
    return this.#setDrained(serverId, true)
  }

  resume(serverId: string): FleetOutcome {
    return this.#setDrained(serverId, false)
  }

  remove(serverId: string): FleetOutcome {
    const member = this.#members.ofServer(serverId)
    if (member === undefined) return { kind: 'missing' }
    if (member.presence !== undefined) return { kind: 'refused', reason: 'connected' }
    // It has only lost its connection, and comes back with its runs.
    if (member.held > 0) return { kind: 'refused', reason: 'running' }
    const server = this.#standings.describe(member)
    this.#members.remove(member)
    this.#notes.forget(server.workerId)
    this.#arrivals.delete(server.workerId)
    this.#lives.forget(server.workerId)
    this.#deps.log.info('server removed', { server: serverId, worker: server.workerId })
    return { kind: 'applied', server }
  }

  list(): readonly GpuServer[] {
    return this.#news.servers()
  }

  get(serverId: string): GpuServer | undefined {
    const member = this.#members.ofServer(serverId)
    return member === undefined ? undefined : this.#standings.describe(member)
  }

  history(serverId: string): readonly ServerNote[] {
    const member = this.#members.ofServer(serverId)
    return member === undefined ? [] : this.#notes.of(member.known.workerId)
  }

  status(): GpuStatus {
    return this.#news.status()
  }

  onChange(listener: (status: GpuStatus) => void): () => void {
    return this.#news.onChange(listener)
  }

  onEvent(listener: (event: FleetEvent) => void): () => void {
    return this.#news.onEvent(listener)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#unsubscribe()
    this.#watch.stop()
    this.#members.close()
    this.#notes.flush()
  }

  #setDrained(serverId: string, isDrained: boolean): FleetOutcome {
    const member = this.#members.ofServer(serverId)
    if (member === undefined) return { kind: 'missing' }
    if (member.known.isDrained !== isDrained) {
      this.#members.setDrained(member, isDrained)
      // Its own word was the answer to the drain; it says so again if it is more than that.
      if (!isDrained && member.presence !== undefined) member.presence.isDraining = false
      this.#refresh(member)
      // The drain outlives a kill; so does what is told of it.
      this.#notes.flush()
      this.#news.tellStatus()
    }
    return { kind: 'applied', server: this.#standings.describe(member) }
  }

  #update(workerId: string, change: (member: Member, presence: Presence) => void): void {
    const member = this.#members.get(workerId)
    if (member?.presence === undefined) return
    member.shown = undefined
    change(member, member.presence)
    if (!this.#refresh(member)) return
    this.#armWatch()
    this.#news.tellStatus()
  }

  #setLimit(member: Member, presence: Presence, next: Member['limit'], code: ServerNoteCode, cause?: string): void {
    const settings = this.#deps.settings.current()
    const before = limitInForce(member.limit, presence.slots, settings)
    member.limit = next
    const after = limitInForce(next, presence.slots, settings)
    if (after === before) return
    const detail = [`${before} → ${after}`, ...(cause === undefined ? [] : [cause])].join(', ')
    this.#news.note(member, { code, detail })
    this.#news.tellStatus()
  }

  /** Tells what began and what ended since it was last told; false when nothing did. */
  #refresh(member: Member): boolean {
    const { changes, isOther } = this.#standings.renew(member)
    for (const change of changes) this.#news.note(member, change)
    return isOther
  }

  #armWatch(): void {
    this.#watch.arm(this.#standings.missesMs(this.#members.all()))
  }

  #lookForMisses(): void {
    const changed = this.#members.all().filter((member) => this.#refresh(member))
    if (changed.length > 0) this.#news.tellStatus()
    this.#armWatch()
  }
}
