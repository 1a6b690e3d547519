import type { Clock } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { GroupCommit } from '../store/groupCommit.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'
import { freshLimit } from './adaptiveLimit.ts'
import type { Condition } from './conditions.ts'
import { kindsDone } from './member.ts'
import type { Member } from './member.ts'
import type { NoteBook } from './noteBook.ts'
import type { Enrolment } from './port.ts'
import { ServerTable } from './serverTable.ts'
import type { KnownWorker } from './serverTable.ts'

export interface MembersDeps {
  readonly db: Database
  readonly clock: Clock
  readonly settings: Pick<LiveSettings, 'current'>
  readonly notes: Pick<NoteBook, 'of'>
}

/** Of one turn of the event loop: each of them goes on to join, which everybody online is told of. */
const MAX_ENROLLED = 50

const NOT_CONNECTED: readonly Condition[] = [{ code: 'disconnected' }]

/** Every server that is known, found by its worker's id or by its `GPU-00n`; what of it is stored is stored here. */
export class Members {
  readonly #deps: MembersDeps
  readonly #table: ServerTable
  readonly #enrolments: GroupCommit<never>
  readonly #byWorker = new Map<string, Member>()
  readonly #byServer = new Map<string, Member>()

  constructor(deps: MembersDeps) {
    this.#deps = deps
    this.#table = new ServerTable(deps.db)
    const nothing = (): void => undefined
    this.#enrolments = new GroupCommit({ db: deps.db, announce: nothing, rolledBack: nothing, maxGroup: MAX_ENROLLED })
    for (const known of this.#table.all()) this.#know(known)
  }

  all(): readonly Member[] {
    return [...this.#byWorker.values()]
  }

  get(workerId: string): Member | undefined {
    return this.#byWorker.get(workerId)
  }

  ofServer(serverId: string): Member | undefined {
    return this.#byServer.get(serverId)
  }

  /** Stores one that is new or has another name or other abilities, together with the others of this turn. */
  async enrol(worker: Enrolment): Promise<void> {
    if (this.#asStored(worker) !== undefined) return
    this.#know(await this.#enrolments.write(() => this.#give(worker)))
  }

  /** The member of this id under this name and with these abilities; stored at once when it was not enrolled. */
  enrolled(worker: Enrolment): Member {
    return this.#asStored(worker) ?? this.#know(this.#give(worker))
  }

  setDrained(member: Member, isDrained: boolean): void {
    this.#table.setDrained(member.known.workerId, isDrained)
    member.known = { ...member.known, isDrained }
  }

  remove({ known }: Member): void {
    this.#table.remove(known.workerId)
    this.#byWorker.delete(known.workerId)
    this.#byServer.delete(known.serverId)
  }

  close(): void {
    this.#enrolments.close()
  }

  #asStored({ id, name, task_types: taskTypes, engines }: Enrolment): Member | undefined {
    const found = this.#byWorker.get(id)
    if (found?.known.name !== name) return undefined
    return found.known.knownKinds.join() === kindsDone(taskTypes, engines).join() ? found : undefined
  }

  #give({ id, name, task_types: taskTypes, engines }: Enrolment): KnownWorker {
    return this.#table.give(id, name, kindsDone(taskTypes, engines), this.#deps.clock.now())
  }

  #know(known: KnownWorker): Member {
    const found = this.#byWorker.get(known.workerId)
    const member = found === undefined ? this.#newMember(known) : Object.assign(found, { known, shown: undefined })
    this.#byWorker.set(known.workerId, member)
    this.#byServer.set(known.serverId, member)
    return member
  }

  #newMember(known: KnownWorker): Member {
    const { settings, notes } = this.#deps
    const limit = freshLimit(settings.current())
    const told = known.isDrained ? [...NOT_CONNECTED, { code: 'drained' } as const] : NOT_CONNECTED
    const lastSeenMs = notes.of(known.workerId).at(-1)?.atMs ?? 0
    return { known, presence: undefined, held: 0, lastSeenMs, limit, isLeaving: false, told, shown: undefined }
  }
}
