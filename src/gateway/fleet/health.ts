import type { ServerState } from './port.ts'

export interface FleetTimings {
  /** A heartbeat later than this is a miss: nothing new is given to the worker. */
  readonly suspectAfterMs: number
  /** So long without any: the worker counts as gone. */
  readonly offlineAfterMs: number
}

export const FLEET_TIMINGS: FleetTimings = { suspectAfterMs: 30_000, offlineAfterMs: 90_000 }

/** Heartbeats in a row that make a suspect worker trusted again. */
const GOOD_BEATS = 2

export interface Pulse {
  readonly lastBeatMs: number
  /** Good heartbeats since the last miss, up to what is needed. */
  readonly goodBeats: number
}

export function firstPulse(nowMs: number): Pulse {
  return { lastBeatMs: nowMs, goodBeats: GOOD_BEATS }
}

export function beat(pulse: Pulse, nowMs: number, timings: FleetTimings): Pulse {
  const missed = nowMs - pulse.lastBeatMs > timings.suspectAfterMs
  return { lastBeatMs: nowMs, goodBeats: missed ? 1 : Math.min(GOOD_BEATS, pulse.goodBeats + 1) }
}

/** `nowMs` is monotonic, like the pulse. */
export function stateOf(pulse: Pulse, isDraining: boolean, nowMs: number, timings: FleetTimings): ServerState {
  const silentMs = nowMs - pulse.lastBeatMs
  if (silentMs > timings.offlineAfterMs) return 'offline'
  if (silentMs > timings.suspectAfterMs || pulse.goodBeats < GOOD_BEATS) return 'suspect'
  return isDraining ? 'draining' : 'online'
}
