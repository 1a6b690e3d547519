import type { Clock } from '../../shared/index.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'
import { changesBetween, conditionsOf, stateOf } from './conditions.ts'
import type { Condition } from './conditions.ts'
import { ailmentOf, nextMissMs } from './health.ts'
import type { FleetTimings } from './health.ts'
import { describeServer } from './member.ts'
import type { Member } from './member.ts'
import type { NoteBook } from './noteBook.ts'
import type { GpuServer } from './port.ts'

export interface StandingsDeps {
  readonly clock: Clock
  readonly timings: FleetTimings
  readonly settings: Pick<LiveSettings, 'current'>
  readonly notes: Pick<NoteBook, 'lastMs'>
}

export interface Renewed {
  /** What began and what ended since it was last told. */
  readonly changes: readonly Condition[]
  /** Something did, or the state is another one. */
  readonly isOther: boolean
}

/** How each server stands at this moment: what keeps it from taking tasks, and how everybody else sees it. */
export class Standings {
  readonly #deps: StandingsDeps

  constructor(deps: StandingsDeps) {
    this.#deps = deps
  }

  /** Looks at it anew; from now on this is what was told of it. */
  renew(member: Member): Renewed {
    member.shown = undefined
    const before = member.told
    const conditions = this.#conditionsOf(member)
    member.told = conditions
    const changes = changesBetween(before, conditions)
    return { changes, isOther: changes.length > 0 || stateOf(before) !== stateOf(conditions) }
  }

  /** Made anew only when something about it changed: a pass of dispatch looks at every server. */
  describe(member: Member): GpuServer {
    const { clock, timings, settings, notes } = this.#deps
    const nowMono = clock.monotonic()
    if (member.shown !== undefined && nowMono <= member.shown.untilMs) return member.shown.server
    const { presence } = member
    const missMs = presence === undefined ? undefined : nextMissMs(presence.pulse, nowMono, timings)
    const server = describeServer(member, {
      conditions: this.#conditionsOf(member),
      settings: settings.current(),
      notedMs: (code) => notes.lastMs(member.known.workerId, code),
    })
    member.shown = { server, untilMs: missMs ?? Infinity }
    return server
  }

  /** Monotonic times at which a heartbeat of one of them is late. */
  missesMs(members: readonly Member[]): readonly number[] {
    const { clock, timings } = this.#deps
    const nowMono = clock.monotonic()
    return members.flatMap(({ presence }) => {
      const missMs = presence === undefined ? undefined : nextMissMs(presence.pulse, nowMono, timings)
      return missMs === undefined ? [] : [missMs]
    })
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
}
