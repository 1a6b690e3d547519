import type { GatewaySettings } from '../../protocol/admin/index.ts'

type LimitSettings = Pick<
  GatewaySettings,
  | 'adaptive_mode'
  | 'default_threshold'
  | 'max_threshold'
  | 'min_threshold'
  | 'threshold_decrease'
  | 'threshold_increase'
  | 'recovery_interval'
>

/** How many tasks one server may run at once, as learned from its overloads. Times are monotonic. */
export interface AdaptiveLimit {
  readonly limit: number
  readonly lastOverloadMs: number
  readonly lastLoweredMs: number
  readonly lastRaisedMs: number
}

/** Share that is left after an overload. */
const DECREASE_FACTOR = 0.7
/** A limit that is not used up says nothing about whether more would do. */
const USED_SHARE = 0.8
/** Once it was quiet for `recovery_interval`, one step up each such part of it, as long as it stays quiet. */
const RAISES_PER_RECOVERY = 4

/** Nothing learned yet: the setting's default, within what the server declares. */
export function freshLimit(settings: LimitSettings): AdaptiveLimit {
  return {
    limit: settings.default_threshold,
    lastOverloadMs: -Infinity,
    lastLoweredMs: -Infinity,
    lastRaisedMs: -Infinity,
  }
}

/** The limit in force: inside the settings of this moment, and never above what the server declares. */
export function limitInForce(state: AdaptiveLimit, slots: number, settings: LimitSettings): number {
  if (settings.adaptive_mode === 'off') return slots
  const { floor, ceiling } = boundsOf(slots, settings)
  return Math.min(ceiling, Math.max(floor, state.limit))
}

/** The server was asked for too much. Within `pauseMs` further overloads come from the same excess. */
export function lower(
  state: AdaptiveLimit,
  slots: number,
  settings: LimitSettings,
  nowMs: number,
  pauseMs: number,
): AdaptiveLimit {
  const noted = { ...state, lastOverloadMs: nowMs }
  if (settings.adaptive_mode === 'off' || nowMs - state.lastLoweredMs < pauseMs) return noted
  const current = limitInForce(state, slots, settings)
  const wanted =
    settings.adaptive_mode === 'step' ? current - settings.threshold_decrease : Math.floor(current * DECREASE_FACTOR)
  return { ...noted, limit: Math.max(boundsOf(slots, settings).floor, wanted), lastLoweredMs: nowMs }
}

/** Asked at each heartbeat: one step more when it was quiet for long enough and what is allowed is in use. */
export function raise(
  state: AdaptiveLimit,
  slots: number,
  settings: LimitSettings,
  nowMs: number,
  inUse: number,
): AdaptiveLimit {
  const { ceiling } = boundsOf(slots, settings)
  const current = limitInForce(state, slots, settings)
  if (settings.adaptive_mode === 'off' || current >= ceiling || inUse < USED_SHARE * current) return state
  const recoveryMs = settings.recovery_interval * 1000
  if (nowMs - state.lastOverloadMs < recoveryMs) return state
  if (nowMs - state.lastRaisedMs < recoveryMs / RAISES_PER_RECOVERY) return state
  const step = settings.adaptive_mode === 'step' ? settings.threshold_increase : 1
  return { ...state, limit: Math.min(ceiling, current + step), lastRaisedMs: nowMs }
}

/** What a server declares wins over the least that the settings ask for. */
function boundsOf(slots: number, settings: LimitSettings): { readonly floor: number; readonly ceiling: number } {
  const ceiling = Math.min(slots, settings.max_threshold)
  return { floor: Math.min(settings.min_threshold, ceiling), ceiling }
}
