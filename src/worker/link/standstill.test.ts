import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import type { Timer } from '../../shared/index.ts'
import { createStandstill } from './standstill.ts'

/** A process that was stopped: its clock goes on, and its timers fire late and only once it runs again. */
function createStoppableClock() {
  const inner = createFakeClock()
  let stoodMs = 0
  return {
    ...inner,
    monotonic: () => inner.monotonic() + stoodMs,
    setTimer: (fn: () => void, delayMs: number): Timer => inner.setTimer(fn, delayMs),
    standStill: (durationMs: number): void => {
      stoodMs += durationMs
    },
  }
}

describe('createStandstill', () => {
  it('says nothing of a process that runs', () => {
    const clock = createStoppableClock()
    const gaps: number[] = []
    const standstill = createStandstill(clock, (gapMs) => gaps.push(gapMs))
    standstill.begin(45_000)
    clock.advance(10 * 60_000)
    expect([standstill.hasHappened(), gaps]).toEqual([false, []])
  })

  it('knows it before any timer has fired', () => {
    const clock = createStoppableClock()
    const standstill = createStandstill(clock, () => undefined)
    standstill.begin(45_000)
    clock.advance(60_000)
    clock.standStill(180_000)
    expect(standstill.hasHappened()).toBe(true)
  })

  it('knows it of a machine that was suspended, where only the wall clock went on', () => {
    const clock = createFakeClock()
    const standstill = createStandstill(clock, () => undefined)
    standstill.begin(45_000)
    clock.advance(60_000)
    clock.jumpWall(180_000)
    expect(standstill.hasHappened()).toBe(true)
  })

  it('tells it once with the first timer, and nothing of a short one', () => {
    const clock = createStoppableClock()
    const gaps: number[] = []
    const standstill = createStandstill(clock, (gapMs) => gaps.push(gapMs))
    standstill.begin(45_000)
    clock.standStill(20_000)
    clock.advance(60_000)
    expect(gaps).toEqual([])
    clock.standStill(180_000)
    clock.advance(60_000)
    expect(gaps).toHaveLength(1)
    expect(gaps[0]).toBeGreaterThanOrEqual(180_000)
    standstill.begin(45_000)
    expect(standstill.hasHappened()).toBe(false)
    standstill.stop()
    expect(clock.pendingTimers).toBe(0)
  })
})
