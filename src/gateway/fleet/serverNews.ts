import type { GpuStatus } from '../../protocol/events/index.ts'
import { createEmitter } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { isTrouble } from './conditions.ts'
import type { Condition } from './conditions.ts'
import { gpuStatusOf } from './gpuStatus.ts'
import type { Member } from './member.ts'
import type { Members } from './members.ts'
import type { NoteBook } from './noteBook.ts'
import type { FleetEvent, GpuServer, ServerNote } from './port.ts'
import type { Standings } from './standings.ts'

export interface ServerNewsDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly notes: NoteBook
  readonly members: Pick<Members, 'all'>
  readonly standings: Pick<Standings, 'describe'>
}

/** What is told of the servers: of each one what happened to it, of all of them together what they can take. */
export class ServerNews {
  readonly #deps: ServerNewsDeps
  readonly #changes = createEmitter<GpuStatus>()
  readonly #events = createEmitter<FleetEvent>()
  #isStarting = false
  /** Kept, since everybody's views ask for it; made anew by whatever can change it. */
  #status: GpuStatus

  constructor(deps: ServerNewsDeps) {
    this.#deps = deps
    this.#noteLostConnections()
    this.#status = gpuStatusOf(this.servers(), this.#isStarting)
  }

  /** In the log, in the server's notes, and to everybody who listens. */
  note(member: Member, { code, detail }: Condition): void {
    const { clock, log, notes, standings } = this.#deps
    const note: ServerNote = { code, atMs: clock.now(), ...(detail === undefined ? {} : { detail }) }
    notes.add(member.known.workerId, note)
    member.shown = undefined
    const server = standings.describe(member)
    const fields = { server: server.serverId, note: code, state: server.state }
    log[isTrouble(code) ? 'warn' : 'info']('server changed', detail === undefined ? fields : { ...fields, detail })
    this.#events.emit({ server, note })
  }

  /** Looks at all of them, and tells when they are something else together. */
  tellStatus(): void {
    const before = JSON.stringify(this.#status)
    this.#status = gpuStatusOf(this.servers(), this.#isStarting)
    if (JSON.stringify(this.#status) !== before) this.#changes.emit(this.#status)
  }

  setStarting(starting: boolean): void {
    this.#isStarting = starting
    this.tellStatus()
  }

  servers(): readonly GpuServer[] {
    const { members, standings } = this.#deps
    return members.all().map((member) => standings.describe(member))
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

  /** An earlier process that was killed could not tell that everybody's connection went with it. */
  #noteLostConnections(): void {
    const { members, notes } = this.#deps
    for (const member of members.all()) {
      const last = notes
        .of(member.known.workerId)
        .findLast(({ code }) => code === 'connected' || code === 'disconnected')
      if (last?.code === 'connected') this.note(member, { code: 'disconnected' })
    }
  }
}
