import { describe, expect, it } from 'vitest'
import { arrive, NO_ARRIVALS } from './admission.ts'
import type { Arrivals } from './admission.ts'
import { FLEET_TIMINGS } from './health.ts'

/** A worker that tries every `everyMs` for `forMs`; answers when it was let in. */
function tries(everyMs: number, forMs: number, start: Arrivals = NO_ARRIVALS, fromMs = 0) {
  let arrivals = start
  const letInMs: number[] = []
  const rests: number[] = []
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += everyMs) {
    const answer = arrive(arrivals, nowMs, FLEET_TIMINGS)
    arrivals = answer.arrivals
    if (answer.admission.kind === 'later') continue
    letInMs.push(nowMs)
    rests.push(answer.admission.restMs)
  }
  return { arrivals, letInMs, rests }
}

describe('arrive', () => {
  it('lets a worker in at once that reconnects now and then', () => {
    expect(tries(15_000, 600_000).rests.every((restMs) => restMs === 0)).toBe(true)
  })

  it('lets one that connects every 200 ms in more and more slowly, up to once a minute', () => {
    const { letInMs, rests } = tries(200, 300_000)
    expect(rests.slice(0, 12)).toEqual([0, 0, 0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000])
    expect(rests.slice(12).every((restMs) => restMs === 60_000)).toBe(true)
    // Of 1,500 tries.
    expect(letInMs.length).toBeLessThan(20)
  })

  it('tells how long to wait, and forgets after a quiet window', () => {
    const { arrivals } = tries(200, 2_000)
    const again = arrive(arrivals, 1_500, FLEET_TIMINGS).admission
    expect(again).toEqual({ kind: 'later', retryAfterMs: 500 })
    expect(tries(15_000, 60_000, arrivals, 90_000).rests).toEqual([0, 0, 0, 0])
  })
})
