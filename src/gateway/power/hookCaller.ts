import type { PowerResult, PowerState } from '../../protocol/dsp/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { HookOutcome, PowerHook, PowerRequest } from './port.ts'
import type { PowerBook } from './powerBook.ts'

export interface HookCallerDeps {
  readonly hook: PowerHook
  readonly book: Pick<PowerBook, 'add'>
  readonly clock: Clock
  readonly log: Logger
}

const STOPPED: HookOutcome = { success: false, msg: 'the gateway stops' }

/** Calls the hook, one call per action and server at a time, and keeps what it said. */
export class HookCaller {
  readonly #deps: HookCallerDeps
  readonly #underWay = new Map<string, Promise<PowerResult>>()
  readonly #stopping = new AbortController()

  constructor(deps: HookCallerDeps) {
    this.#deps = deps
  }

  /** The result of the call that is under way already, if any. */
  pending({ action, serverId }: PowerRequest): Promise<PowerResult> | undefined {
    return this.#underWay.get(keyOf(action, serverId))
  }

  /** `settle` hears the outcome first and answers the server's state after it. */
  call(request: PowerRequest, settle: (outcome: HookOutcome) => PowerState): Promise<PowerResult> {
    const key = keyOf(request.action, request.serverId)
    const call = this.#call(request, settle).finally(() => {
      this.#underWay.delete(key)
    })
    this.#underWay.set(key, call)
    return call
  }

  /** Something that came to nothing without a call of its own. */
  note(request: PowerRequest, status: PowerState, msg: string): PowerResult {
    return this.#keep(request, { success: false, msg }, status, 0)
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the gateway stops'))
    await Promise.allSettled(this.#underWay.values())
  }

  async #call(request: PowerRequest, settle: (outcome: HookOutcome) => PowerState): Promise<PowerResult> {
    const { hook, clock } = this.#deps
    const startedMono = clock.monotonic()
    const { signal } = this.#stopping
    const outcome = signal.aborted
      ? STOPPED
      : await hook.call(request.action, request.serverId, signal).catch(failedOutcome)
    const durationMs = Math.round(clock.monotonic() - startedMono)
    return this.#keep(request, outcome, settle(outcome), durationMs)
  }

  #keep(request: PowerRequest, outcome: HookOutcome, status: PowerState, durationMs: number): PowerResult {
    const { action, serverId, cause } = request
    const result: PowerResult = {
      ...{ action, server_id: serverId, cause, ...outcome, status },
      at: this.#deps.clock.now() / 1000,
      duration_ms: durationMs,
    }
    const { log } = this.#deps
    const line = { action, server: serverId, cause, status, result: outcome.msg, duration_ms: durationMs }
    if (outcome.success) log.info('power hook called', line)
    else log.warn('power hook failed', line)
    // A call that was cut off by a stop says nothing about the machine.
    if (!this.#stopping.signal.aborted) this.#store(result)
    return result
  }

  #store(result: PowerResult): void {
    try {
      this.#deps.book.add(result)
    } catch (error) {
      // The machine was asked for all the same; only the list of calls lacks a line.
      this.#deps.log.error('a power call could not be stored', { error })
    }
  }
}

function failedOutcome(error: unknown): HookOutcome {
  return { success: false, msg: error instanceof Error ? error.message : String(error) }
}

function keyOf(action: string, serverId: string | null): string {
  return `${action}:${serverId ?? ''}`
}
