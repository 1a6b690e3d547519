import type { PowerAction, PowerResult, PowerState } from '../../protocol/dsp/index.ts'

/** Turns GPU servers on while work waits and off while there is none, by a hook of the operator's. */
export interface PowerControl {
  /** Without a hook nothing is turned on or off; states and boot times are still known. */
  readonly hasHook: boolean
  /** Of one server, or of all together. An unknown server is `unknown`. */
  state(serverId?: string): PowerState
  /**
   * Runs the hook now, whatever the pauses between its own calls. A server that is turned off is drained first; one
   * that still runs tasks is refused. A second request while one is under way gets that one's result.
   * A hook that fails is a result with `success: false`. Throws NO_POWER_HOOK, or SERVER_BUSY for a running server.
   */
  request(request: PowerRequest): Promise<PowerResult>
  /** The last 20 calls, newest first. */
  results(): readonly PowerResult[]
  /** Seconds from the hook (or the first wait) to the registered worker; null until one start was seen. */
  learnedBootSeconds(serverId: string): number | null
  /** Ends a running hook and stops watching. Idempotent. */
  stop(): Promise<void>
}

export interface PowerRequest {
  readonly action: PowerAction
  /** Null: the hook, or the order of the servers, decides. */
  readonly serverId: string | null
  readonly cause: PowerResult['cause']
}

/** What one call of a hook said. `msg` is for operators: short, one line, without secrets. */
export interface HookOutcome {
  readonly success: boolean
  readonly msg: string
}

/** How the operator's machines are reached. Bounded in time and output by itself; never throws but for an abort. */
export interface PowerHook {
  call(action: PowerAction, serverId: string | null, signal: AbortSignal): Promise<HookOutcome>
}

/** Only from the command line or the environment of the gateway: whoever sets it can run programs there. */
export type PowerHookOptions =
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'url'; readonly url: string; readonly secret: string }
