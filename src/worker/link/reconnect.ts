import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import { equalJitterMs } from '../../shared/index.ts'
import type { BackoffPolicy } from '../../shared/index.ts'

export interface ReconnectTimings {
  readonly policy: BackoffPolicy
  /** Once, after a connection that had worked: the gateway is most likely only restarting. */
  readonly fastMs: number
  /** After a gateway that said it restarts: up to so long, so that a fleet does not come back at one moment. */
  readonly restartMs: number
  /** After a refusal: a person has to act, but the worker finds out by itself when they have. */
  readonly refusedMs: number
  /** After another worker took this one's place: it has a twin, and stays out but for a rare look. */
  readonly replacedMs: number
}

export const RECONNECT_TIMINGS: ReconnectTimings = {
  policy: { baseMs: 5_000, factor: 1.7, capMs: 30_000 },
  fastMs: 1_000,
  restartMs: 5_000,
  refusedMs: 30_000,
  replacedMs: 600_000,
}

/** How a connection ended. `failures` counts the tries since the last one that got to `registered`. */
export interface ConnectionEnd {
  readonly wasRegistered: boolean
  readonly failures: number
  readonly isRefused: boolean
  /** By another worker with the same id. */
  readonly isReplaced?: boolean
  readonly closeCode?: number
  /** How long the gateway asked to be left alone, milliseconds. */
  readonly retryAfterMs?: number | undefined
}

export function reconnectDelayMs(end: ConnectionEnd, timings: ReconnectTimings, random = Math.random): number {
  if (end.retryAfterMs !== undefined) return end.retryAfterMs
  if (end.isReplaced === true) return timings.replacedMs
  if (end.isRefused) return timings.refusedMs
  if (end.wasRegistered && end.closeCode === DSP_CLOSE.restart) return Math.round(random() * timings.restartMs)
  if (end.wasRegistered) return Math.round(timings.fastMs / 2 + (random() * timings.fastMs) / 2)
  return equalJitterMs(timings.policy, Math.max(0, end.failures - 1), random)
}

/** Close codes that say "not you", as against "not now". */
export function isRefusal(closeCode: number): boolean {
  return (
    closeCode === DSP_CLOSE.unauthenticated || closeCode === DSP_CLOSE.forbidden || closeCode === DSP_CLOSE.replaced
  )
}
