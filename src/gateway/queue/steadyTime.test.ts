import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createSteadyTime, steadyAtStart } from './steadyTime.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const BEFORE = { wallMs: 1_700_000_000_000, steadyMs: 1_699_999_000_000 }

describe('steadyAtStart', () => {
  it('begins with the wall clock', () => {
    expect(steadyAtStart(1_700_000_000_000, undefined, HOUR_MS)).toBe(1_700_000_000_000)
  })

  it.each([
    ['a short stop counts as it was', 90_000, 90_000],
    ['a long one, or a clock a day ahead, as an hour', DAY_MS, HOUR_MS],
    ['ten years ahead as an hour', 3650 * DAY_MS, HOUR_MS],
    ['a day back as nothing', -DAY_MS, 0],
    ['1970 as nothing', -BEFORE.wallMs, 0],
  ])('%s', (_, wallMovedMs, counted) => {
    expect(steadyAtStart(BEFORE.wallMs + wallMovedMs, BEFORE, HOUR_MS) - BEFORE.steadyMs).toBe(counted)
  })
})

describe('createSteadyTime', () => {
  it('follows the monotonic clock alone', () => {
    const clock = createFakeClock()
    const now = createSteadyTime(clock, 5_000)
    clock.advance(250)
    clock.jumpWall(DAY_MS)
    expect(now()).toEqual({ wallMs: clock.now(), steadyMs: 5_250 })
  })
})
