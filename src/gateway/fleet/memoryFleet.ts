import type { EngineInfo, WorkerInfo } from '../../protocol/dsp/index.ts'
import type { GpuStatus } from '../../protocol/events/index.ts'
import { createEmitter } from '../../shared/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { beat, firstPulse, stateOf } from './health.ts'
import type { FleetTimings, Pulse } from './health.ts'
import type { Fleet, GpuServer } from './port.ts'
import { ServerIds } from './serverIds.ts'
import type { KnownWorker } from './serverIds.ts'

export interface FleetDeps {
  readonly db: Database
  readonly clock: Clock
  readonly timings: FleetTimings
}

/** What is known of a worker while it is connected. */
interface Presence {
  readonly connectionId: number
  readonly slots: number
  engines: readonly EngineInfo[]
  pulse: Pulse
  isDraining: boolean
}

interface Member extends KnownWorker {
  presence: Presence | undefined
  held: number
  lastSeenMs: number
}

/** The fleet of one gateway process: presence in memory, server ids in the database. */
export class MemoryFleet implements Fleet {
  readonly #deps: FleetDeps
  readonly #ids: ServerIds
  readonly #members = new Map<string, Member>()
  readonly #changes = createEmitter<GpuStatus>()
  #lastStatus: string
  #watch: Timer | undefined

  constructor(deps: FleetDeps) {
    this.#deps = deps
    this.#ids = new ServerIds(deps.db)
    for (const known of this.#ids.all()) {
      this.#members.set(known.workerId, { ...known, presence: undefined, held: 0, lastSeenMs: 0 })
    }
    this.#lastStatus = JSON.stringify(this.status())
  }

  join(worker: WorkerInfo, connectionId: number): GpuServer {
    const { clock } = this.#deps
    const known = this.#ids.give(worker.id, worker.name, clock.now())
    const member: Member = {
      ...known,
      presence: {
        connectionId,
        slots: worker.max_concurrent,
        engines: worker.engines,
        pulse: firstPulse(clock.monotonic()),
        isDraining: false,
      },
      held: this.#members.get(worker.id)?.held ?? 0,
      lastSeenMs: clock.now(),
    }
    this.#members.set(worker.id, member)
    this.#changed()
    return this.#toServer(member)
  }

  leave(workerId: string, connectionId: number): void {
    const member = this.#members.get(workerId)
    // The close of an older socket must not take a newer one of the same worker down.
    if (member?.presence?.connectionId !== connectionId) return
    member.presence = undefined
    this.#changed()
  }

  heartbeat(workerId: string): void {
    this.#update(workerId, (member, presence) => {
      member.lastSeenMs = this.#deps.clock.now()
      presence.pulse = beat(presence.pulse, this.#deps.clock.monotonic(), this.#deps.timings)
    })
  }

  setEngines(workerId: string, engines: readonly EngineInfo[]): void {
    this.#update(workerId, (_, presence) => {
      presence.engines = engines
    })
  }

  setDraining(workerId: string, draining: boolean): void {
    this.#update(workerId, (_, presence) => {
      presence.isDraining = draining
    })
  }

  setHeld(workerId: string, held: number): void {
    const member = this.#members.get(workerId)
    if (member !== undefined) member.held = held
  }

  list(): readonly GpuServer[] {
    return [...this.#members.values()].map((member) => this.#toServer(member))
  }

  status(): GpuStatus {
    const online = this.list().filter((server) => server.state === 'online')
    const engines = new Map<string, GpuStatus['engines'][number]>()
    for (const engine of online.flatMap((server) => server.engines)) {
      // One ready copy of an engine is enough for it to be offered.
      if (engines.get(engine.name)?.ready !== true) engines.set(engine.name, engine)
    }
    return {
      status: online.length > 0 ? 'online' : 'offline',
      workers: online.length,
      slots: online.reduce((sum, server) => sum + server.slots, 0),
      engines: [...engines.values()],
    }
  }

  onChange(listener: (status: GpuStatus) => void): () => void {
    return this.#changes.on(listener)
  }

  close(): void {
    this.#watch?.cancel()
    this.#watch = undefined
  }

  #update(workerId: string, change: (member: Member, presence: Presence) => void): void {
    const member = this.#members.get(workerId)
    if (member?.presence === undefined) return
    change(member, member.presence)
    this.#changed()
  }

  #changed(): void {
    this.#armWatch()
    const status = this.status()
    const text = JSON.stringify(status)
    if (text === this.#lastStatus) return
    this.#lastStatus = text
    this.#changes.emit(status)
  }

  /** A missed heartbeat is an event that nobody sends: the status is looked at again while anybody is connected. */
  #armWatch(): void {
    this.#watch?.cancel()
    const isAnybodyThere = [...this.#members.values()].some((member) => member.presence !== undefined)
    if (!isAnybodyThere) {
      this.#watch = undefined
      return
    }
    this.#watch = this.#deps.clock.setTimer(() => {
      this.#changed()
    }, this.#deps.timings.suspectAfterMs / 2)
  }

  #toServer(member: Member): GpuServer {
    const { presence } = member
    return {
      serverId: member.serverId,
      workerId: member.workerId,
      name: member.name,
      state:
        presence === undefined
          ? 'offline'
          : stateOf(presence.pulse, presence.isDraining, this.#deps.clock.monotonic(), this.#deps.timings),
      slots: presence?.slots ?? 0,
      held: member.held,
      engines: presence?.engines ?? [],
      lastSeenMs: member.lastSeenMs,
    }
  }
}
