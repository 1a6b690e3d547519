import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../protocol/admin/index.ts'
import type { GatewaySettings } from '../../protocol/admin/index.ts'
import { freshLimit, limitInForce, lower, raise } from './adaptiveLimit.ts'

const SLOTS = 12
const PAUSE_MS = 10_000
const BEAT_MS = 15_000

/**
 * A server that takes `trueLimit` tasks and answers every further one with RATE_LIMITED, under work without end: what
 * it may run is filled up each second. Runs `seconds` and answers the limit at each of them.
 */
function simulate(
  settings: GatewaySettings,
  phases: readonly { readonly trueLimit: number; readonly seconds: number }[],
) {
  let state = freshLimit(settings)
  let nowMs = 0
  const ends: number[] = []
  let least = Infinity
  let refused = 0
  for (const { trueLimit, seconds } of phases) {
    for (let second = 0; second < seconds; second++) {
      nowMs += 1_000
      const wanted = limitInForce(state, SLOTS, settings)
      for (let excess = wanted - trueLimit; excess > 0; excess--) {
        refused += 1
        state = lower(state, SLOTS, settings, nowMs, PAUSE_MS)
      }
      const inUse = Math.min(trueLimit, limitInForce(state, SLOTS, settings))
      if (nowMs % BEAT_MS === 0) state = raise(state, SLOTS, settings, nowMs, inUse)
      least = Math.min(least, limitInForce(state, SLOTS, settings))
    }
    ends.push(limitInForce(state, SLOTS, settings))
  }
  return { ends, least, refused }
}

describe('a limit that follows what the server takes', () => {
  const phases = [5, 12, 3].map((trueLimit) => ({ trueLimit, seconds: 300 }))

  it('converges within five minutes at 5, then 12, then 3, and never falls below the least', () => {
    for (const adaptive_mode of ['aimd', 'step'] as const) {
      const { ends, least } = simulate({ ...DEFAULT_SETTINGS, adaptive_mode }, phases)
      const [five, twelve, three] = ends
      // It probes one above what is true, and falls once it is told so.
      expect([3, 4, 5, 6]).toContain(five)
      expect(twelve).toBe(12)
      expect([2, 3, 4]).toContain(three)
      expect(least).toBeGreaterThanOrEqual(2)
    }
  })

  it('asks a steady server for too much less than twice a minute', () => {
    const { refused } = simulate(DEFAULT_SETTINGS, [{ trueLimit: 5, seconds: 3_600 }])
    expect(refused).toBeLessThan(120)
  })
})

describe('lower and raise', () => {
  const fresh = freshLimit(DEFAULT_SETTINGS)

  it('counts overloads of one excess once', () => {
    const once = lower(fresh, SLOTS, DEFAULT_SETTINGS, 0, PAUSE_MS)
    const soon = lower(once, SLOTS, DEFAULT_SETTINGS, 9_999, PAUSE_MS)
    const later = lower(soon, SLOTS, DEFAULT_SETTINGS, 10_000, PAUSE_MS)
    expect([once.limit, soon.limit, later.limit]).toEqual([8, 8, 5])
  })

  it('raises only after a quiet interval and when four fifths are in use', () => {
    const lowered = lower(fresh, SLOTS, DEFAULT_SETTINGS, 0, PAUSE_MS)
    const at = (nowMs: number, inUse: number) => raise(lowered, SLOTS, DEFAULT_SETTINGS, nowMs, inUse).limit
    expect([at(59_999, 8), at(60_000, 6), at(60_000, 7)]).toEqual([8, 8, 9])
    const raised = raise(lowered, SLOTS, DEFAULT_SETTINGS, 60_000, 8)
    expect(raise(raised, SLOTS, DEFAULT_SETTINGS, 74_999, 9).limit).toBe(9)
    expect(raise(raised, SLOTS, DEFAULT_SETTINGS, 75_000, 9).limit).toBe(10)
  })

  it('stays inside the settings and what the server declares, which wins', () => {
    const wide = { ...DEFAULT_SETTINGS, min_threshold: 4, default_threshold: 6, max_threshold: 8 }
    expect([1, 5, 7, 64].map((slots) => limitInForce(freshLimit(wide), slots, wide))).toEqual([1, 5, 6, 6])
    const one = lower(freshLimit(wide), 1, wide, 0, PAUSE_MS)
    expect(limitInForce(one, 1, wide)).toBe(1)
  })

  it('is the declared slots when it is off, and moves by the given steps in the other mode', () => {
    const off = { ...DEFAULT_SETTINGS, adaptive_mode: 'off' } as const
    expect(limitInForce(lower(freshLimit(off), 64, off, 0, PAUSE_MS), 64, off)).toBe(64)
    const step = { ...DEFAULT_SETTINGS, adaptive_mode: 'step', threshold_decrease: 3, threshold_increase: 2 } as const
    const lowered = lower(freshLimit(step), SLOTS, step, 0, PAUSE_MS)
    expect([lowered.limit, raise(lowered, SLOTS, step, 60_000, 9).limit]).toEqual([9, 11])
  })
})
