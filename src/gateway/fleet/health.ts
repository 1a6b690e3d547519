import type { ServerNoteCode } from '../../protocol/admin/index.ts'

export interface FleetTimings {
  /** A heartbeat later than this is a miss: nothing new is given to the worker. */
  readonly suspectAfterMs: number
  /** So long without any: the worker counts as gone. */
  readonly offlineAfterMs: number
  /** Connects of one worker are counted over this time; more than `flapConnects` of them delay the next one. */
  readonly flapWindowMs: number
  readonly flapConnects: number
  /** The first delay; it doubles with each further connect, up to the last. */
  readonly flapFirstDelayMs: number
  readonly flapMaxDelayMs: number
  /** Overloads within this time lower a server's limit once. */
  readonly overloadPauseMs: number
}

export const FLEET_TIMINGS: FleetTimings = {
  suspectAfterMs: 30_000,
  offlineAfterMs: 90_000,
  flapWindowMs: 60_000,
  flapConnects: 5,
  flapFirstDelayMs: 1_000,
  flapMaxDelayMs: 60_000,
  overloadPauseMs: 10_000,
}

/** Heartbeats in a row that make a doubted worker trusted again. */
const GOOD_BEATS = 2

/** Times are monotonic. */
export interface Pulse {
  readonly lastBeatMs: number
  /** Good heartbeats since the last miss, up to what is needed. */
  readonly goodBeats: number
  /** Why it has to prove itself; null when a miss was the reason. */
  readonly doubt: ServerNoteCode | null
}

export function firstPulse(nowMs: number): Pulse {
  return { lastBeatMs: nowMs, goodBeats: GOOD_BEATS, doubt: null }
}

export function beat(pulse: Pulse, nowMs: number, timings: FleetTimings): Pulse {
  const missed = nowMs - pulse.lastBeatMs > timings.suspectAfterMs
  const goodBeats = missed ? 1 : Math.min(GOOD_BEATS, pulse.goodBeats + 1)
  return { lastBeatMs: nowMs, goodBeats, doubt: goodBeats < GOOD_BEATS ? pulse.doubt : null }
}

/** It did something wrong: its next heartbeats have to be good. */
export function doubted(pulse: Pulse, doubt: ServerNoteCode): Pulse {
  return { ...pulse, goodBeats: 0, doubt }
}

/** What is wrong with the pulse now; undefined when it is good. */
export function ailmentOf(pulse: Pulse, nowMs: number, timings: FleetTimings): ServerNoteCode | undefined {
  const silentMs = nowMs - pulse.lastBeatMs
  if (silentMs > timings.offlineAfterMs) return 'gone'
  if (silentMs > timings.suspectAfterMs) return 'silent'
  return pulse.goodBeats < GOOD_BEATS ? (pulse.doubt ?? 'unproven') : undefined
}

/** When silence changes the answer of `ailmentOf` next; undefined when it counts as gone already. */
export function nextMissMs(pulse: Pulse, nowMs: number, timings: FleetTimings): number | undefined {
  const misses = [pulse.lastBeatMs + timings.suspectAfterMs, pulse.lastBeatMs + timings.offlineAfterMs]
  return misses.find((missMs) => missMs >= nowMs)
}
