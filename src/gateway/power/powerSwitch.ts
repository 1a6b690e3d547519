import type { PowerResult, PowerState } from '../../protocol/dsp/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Fleet, GpuServer } from '../fleet/port.ts'
import type { HookCaller } from './hookCaller.ts'
import type { HookPauses } from './hookPauses.ts'
import type { HookOutcome, PowerRequest } from './port.ts'
import type { PowerBook } from './powerBook.ts'
import { isServed } from './powerRules.ts'
import { isThere } from './serverStates.ts'
import type { ServerStates } from './serverStates.ts'

export interface PowerSwitchDeps {
  readonly caller: HookCaller
  readonly states: ServerStates
  readonly pauses: HookPauses
  readonly book: Pick<PowerBook, 'results'>
  readonly fleet: Pick<Fleet, 'list' | 'setLeaving' | 'setStarting'>
  readonly clock: Clock
  /** Resolves when no lease is being given that was decided before now. */
  readonly dispatchSettled: () => Promise<void>
  readonly isStopped: () => boolean
  /** What was asked for is made durable before it is asked for. */
  readonly remember: () => void
  /** Something was asked for, or an answer came: look at what follows. */
  readonly look: () => void
}

/** The answer to come, of a call that was made. */
export interface Begun {
  readonly answer: Promise<PowerResult>
}

/** Carries out what the rules or people want of the machines: with a drain before an `off`, and never one against the other. */
export class PowerSwitch {
  readonly #deps: PowerSwitchDeps
  /** To be turned on as soon as they are off. */
  readonly #wishes = new Map<string | null, PowerRequest>()

  constructor(deps: PowerSwitchDeps) {
    this.#deps = deps
  }

  async request(request: PowerRequest): Promise<PowerResult> {
    const pending = this.#deps.caller.pending(request)
    if (pending !== undefined) return pending
    return request.action === 'on' ? this.turnOn(request) : (await this.turnOff(request)).answer
  }

  /** Somebody waits for a machine that is still going down. */
  get hasWishes(): boolean {
    return this.#wishes.size > 0
  }

  /** Turns on what was wished for while it was being turned off, now that it is off. */
  grantWishes(): void {
    for (const [serverId, wish] of [...this.#wishes]) {
      const isTooSoon = wish.cause === 'client' && !this.#deps.pauses.isOver()
      if (isTooSoon || this.#statusOf(serverId) === 'stopping') continue
      this.#wishes.delete(serverId)
      void this.turnOn(wish)
    }
  }

  forget(serverId: string): void {
    this.#wishes.delete(serverId)
  }

  /** Never rejects: a hook that fails is a result. */
  turnOn(request: PowerRequest): Promise<PowerResult> {
    const { states, pauses, fleet, clock, caller } = this.#deps
    const { serverId } = request
    const earlier = this.#answerWithoutCall(request)
    if (earlier !== undefined) return Promise.resolve(earlier)
    states.starting(serverId, clock.monotonic())
    pauses.called()
    this.#deps.remember()
    this.tellLeaving()
    fleet.setStarting(true)
    this.#deps.look()
    return caller.call(request, (outcome: HookOutcome) => {
      if (!outcome.success && !this.#deps.isStopped()) {
        states.startFailed(serverId)
        pauses.failed(serverId)
        this.#deps.look()
      }
      return this.#statusOf(serverId)
    })
  }

  /** Resolves when the hook is being called; throws SERVER_BUSY, the server taking work again. */
  async turnOff(request: PowerRequest): Promise<Begun> {
    const { fleet, states, clock, caller, dispatchSettled } = this.#deps
    const isMeant = (server: GpuServer): boolean =>
      isThere(server) && (request.serverId === null || server.serverId === request.serverId)
    const taken = new Set<string>()
    // One that is on its way off already stays so, whatever comes of this call.
    const take = (): void => {
      for (const server of fleet.list()) {
        const { serverId } = server
        if (!isMeant(server) || states.of(serverId) === 'stopping') continue
        taken.add(serverId)
        states.stopping(serverId, clock.monotonic())
      }
      this.tellLeaving()
    }
    const giveBack = (): void => {
      for (const serverId of taken) states.stopFailed(serverId, clock.monotonic())
      this.tellLeaving()
    }
    take()
    await dispatchSettled()
    const busy = fleet.list().find((server) => isMeant(server) && server.held > 0)
    if (busy !== undefined) {
      giveBack()
      throw new AppError('SERVER_BUSY', { data: { server: busy.serverId } })
    }
    // Somebody else may have asked for the same while this one waited.
    const pending = caller.pending(request)
    if (pending !== undefined) return { answer: pending }
    // Another call may have given back what it had taken before this one. A lease on its way there now is not sent.
    take()
    const answer = caller.call(request, (outcome) => {
      if (!outcome.success) giveBack()
      this.#deps.look()
      return request.serverId === null ? states.overall() : states.of(request.serverId)
    })
    return { answer }
  }

  /** Who is being turned off takes nothing, over whichever connection; everybody else does. */
  tellLeaving(): void {
    const { fleet, states, clock } = this.#deps
    for (const { workerId, serverId } of fleet.list())
      fleet.setLeaving(workerId, states.isLeaving(serverId, clock.monotonic()))
  }

  /** What is on, or on its way, or was asked for a moment ago by somebody who may ask often, is not asked for again. */
  #answerWithoutCall(request: PowerRequest): PowerResult | undefined {
    const { serverId, cause } = request
    const status = this.#statusOf(serverId)
    const answer = (success: boolean, msg: string): PowerResult => ({
      ...{ action: 'on', server_id: serverId, cause, status, success, msg },
      ...{ at: this.#deps.clock.now() / 1000, duration_ms: 0 },
    })
    if (status === 'running') return answer(true, 'already running')
    if (status === 'stopping') {
      this.#wishes.set(serverId, request)
      this.#deps.look()
      return answer(true, 'it is being turned off, and is turned on again when it is off')
    }
    const isTooSoon = cause === 'client' && !this.#deps.pauses.isOver()
    if (status !== 'starting' && !isTooSoon) return undefined
    const last = this.#deps.book.results().find((one) => one.action === 'on' && one.server_id === serverId)
    if (last !== undefined) return { ...last, status }
    return answer(status === 'starting', status === 'starting' ? 'already starting' : 'asked for just before')
  }

  /** Of that server; null: of any that would take work. */
  #statusOf(serverId: string | null): PowerState {
    const { states, fleet } = this.#deps
    if (serverId !== null) return states.of(serverId)
    if (isServed(fleet.list(), (one) => states.of(one) === 'stopping')) return 'running'
    if (states.oldestStart() !== undefined) return 'starting'
    if (states.isAnyStopping()) return 'stopping'
    const overall = states.overall()
    return overall === 'running' ? 'unknown' : overall
  }
}
