import { describe, expect, it } from 'vitest'
import { equalJitterMs, fullJitterMs } from './backoff.ts'
import { delay } from './clock.ts'
import { createFakeClock } from './fakeClock.ts'

describe('the fake clock', () => {
  it('fires timers in the order of their time, also those set on the way', () => {
    const clock = createFakeClock(1000)
    const fired: [string, number][] = []
    clock.setTimer(() => fired.push(['late', clock.now()]), 50)
    clock.setTimer(() => {
      fired.push(['early', clock.now()])
      clock.setTimer(() => fired.push(['nested', clock.now()]), 10)
    }, 20)
    clock.setTimer(() => fired.push(['never', 0]), 5).cancel()
    clock.advance(100)
    expect(fired).toEqual([
      ['early', 1020],
      ['nested', 1030],
      ['late', 1050],
    ])
    expect(clock.now()).toBe(1100)
    expect(clock.pendingTimers).toBe(0)
  })

  it('lets the wall clock jump without moving the monotonic one', () => {
    const clock = createFakeClock()
    clock.jumpWall(-86_400_000)
    expect(clock.monotonic()).toBe(0)
  })
})

describe('delay', () => {
  it('rejects with the reason of the signal and leaves no timer', async () => {
    const clock = createFakeClock()
    const controller = new AbortController()
    const waiting = delay(clock, 1000, controller.signal)
    controller.abort(new Error('closed'))
    await expect(waiting).rejects.toThrow('closed')
    expect(clock.pendingTimers).toBe(0)
    await expect(delay(clock, 1, controller.signal)).rejects.toThrow('closed')
  })
})

describe('back-off', () => {
  const policy = { baseMs: 5000, factor: 2, capMs: 30_000 }

  it('stays inside its bounds', () => {
    expect([0, 1, 2, 3, 99].map((attempt) => fullJitterMs(policy, attempt, () => 1))).toEqual([
      5000, 10_000, 20_000, 30_000, 30_000,
    ])
    expect(fullJitterMs(policy, 3, () => 0)).toBe(0)
    expect(equalJitterMs(policy, 0, () => 0)).toBe(2500)
    expect(equalJitterMs(policy, 9, () => 1)).toBe(30_000)
  })
})
