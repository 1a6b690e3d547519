import type { PowerAction, PowerResult, PowerState } from '../../protocol/dsp/index.ts'
import type { RunModel } from '../runModel/runModel.ts'

/** Turns GPU servers on while work waits and off while there is none, by a hook of the operator's. */
export interface PowerControl {
  /** Without a hook nothing is turned on or off; states and boot times are still known. */
  readonly hasHook: boolean
  /** Of one server, or of all together. An unknown server is `unknown`. */
  state(serverId?: string): PowerState
  /**
   * Runs the hook now. A server that is turned off takes nothing new from then on; one that still runs tasks is
   * refused. A request for what is under way already gets that one's result, and so does a client's that comes too
   * soon after another. A hook that fails is a result with `success: false`. Throws NO_POWER_HOOK or SERVER_BUSY.
   */
  request(request: PowerRequest): Promise<PowerResult>
  /** The last 20 calls and starts that came to nothing, newest first. */
  results(): readonly PowerResult[]
  /** Seconds from the hook (or the first wait) to the registered worker; null until one start was seen. */
  learnedBootSeconds(serverId: string): number | null
  /** When a GPU may be expected while none is online. */
  outlook(): StartOutlook
  /** Ends a running hook and stops watching. Idempotent. */
  stop(): Promise<void>
}

export interface PowerRequest {
  readonly action: PowerAction
  /** Null: whichever server the hook chooses; of `off`: all. */
  readonly serverId: string | null
  readonly cause: PowerResult['cause']
}

export interface StartOutlook {
  /**
   * `arriving`: this gateway has just started, and its servers are given a moment to come back · `starting`: one was
   * asked for · `waiting`: nobody could be asked, or nobody came · `withheld`: an operator drained the servers, or they
   * are on their way off, and nobody was asked to turn one on: no time is known.
   */
  readonly kind: 'arriving' | 'starting' | 'waiting' | 'withheld'
  readonly boot: RunModel
  readonly isLearned: boolean
  /** Since it was asked for, or since the first task waits; 0 when nothing waits. */
  readonly elapsedMs: number
  /** Of the server that is expected; 0 where that is not known. */
  readonly slots: number
}

/** What one call of a hook said. `msg` is for operators: short, one line, without secrets. */
export interface HookOutcome {
  readonly success: boolean
  readonly msg: string
}

/** How the operator's machines are reached. Bounded in time and output by itself; throws for an abort only. */
export interface PowerHook {
  call(action: PowerAction, serverId: string | null, signal: AbortSignal): Promise<HookOutcome>
}

/** Only from the command line or the environment of the gateway: whoever sets it can run programs there. */
export type PowerHookOptions =
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'url'; readonly url: string; readonly secret: string }
