import { describe, expect, it } from 'vitest'
import { StartCurve } from './startTime.ts'
import type { Slot } from './startTime.ts'

const busy = (freeInMs: number, spread = 0.2): Slot => ({
  ...{ freeInMs, freeSpreadMs: freeInMs * spread, runMs: 60_000, runSpreadMs: 60_000 * spread },
})

const seconds = (slots: readonly Slot[], position: number): number =>
  Math.round((new StartCurve(slots).at(position)?.medianMs ?? Number.NaN) / 1000)

describe('StartCurve', () => {
  it('is at once where a slot is free for it, and unknown without slots', () => {
    expect(new StartCurve([busy(0), busy(30_000)]).at(1)).toEqual({ medianMs: 0, highMs: 0 })
    expect(new StartCurve([]).at(1)).toBeNull()
  })

  it('is the rest of the run before it, then one run more per place', () => {
    const one = [busy(30_000)]
    expect([1, 2, 3].map((position) => seconds(one, position))).toEqual([30, 90, 150])
    expect(seconds(one, 100)).toBeGreaterThan(5_900)
    expect(seconds(one, 100)).toBeLessThan(6_050)
  })

  it('shares the runs before it among the slots', () => {
    const four = [10_000, 25_000, 40_000, 55_000].map((ms) => busy(ms, 0.05))
    expect([1, 2, 3, 4, 5].map((position) => seconds(four, position))).toEqual([10, 25, 40, 55, 70])
    expect(seconds(four, 401) / 6_000).toBeCloseTo(1, 1)
  })

  it('knows that the first of many equal runs ends sooner than one of them alone', () => {
    const twelve = Array.from({ length: 12 }, () => busy(60_000))
    expect(seconds([busy(60_000)], 1)).toBe(60)
    expect(seconds(twelve, 1)).toBeLessThan(45)
    expect(seconds(twelve, 6)).toBeGreaterThan(50)
    expect(seconds(twelve, 6)).toBeLessThan(62)
  })

  it('tells a later time that nine in ten keep, further away the less is known', () => {
    const near = new StartCurve([busy(60_000, 0.1)]).at(1)
    const far = new StartCurve([busy(60_000, 0.4)]).at(1)
    expect((near?.highMs ?? 0) / 1000).toBeGreaterThan(66)
    expect((near?.highMs ?? 0) / 1000).toBeLessThan(78)
    expect((far?.highMs ?? 0) / 1000).toBeGreaterThan(85)
  })

  it('rises with the position and falls with more slots, whatever the slots', () => {
    const slots = [busy(5_000), busy(100_000, 0.5), busy(1, 0), busy(700_000, 0.3)]
    const starts = Array.from({ length: 200 }, (_, k) => new StartCurve(slots).at(k + 1)?.medianMs ?? Number.NaN)
    expect(starts.every((ms, k) => ms >= (starts[k - 1] ?? 0))).toBe(true)
    for (const position of [1, 2, 10, 150]) {
      expect(seconds([...slots, busy(10_000)], position)).toBeLessThanOrEqual(seconds(slots, position))
    }
  })

  it('counts runs that vary beyond all measure in no time, and says something of them', () => {
    const odd = { freeInMs: 5_000, freeSpreadMs: 2_000, runMs: 10_000, runSpreadMs: 10_000_000 }
    const startedAt = performance.now()
    const range = new StartCurve([odd, odd]).at(20)
    // Without a bound of their spread this takes a quarter of a minute, in which the gateway stands still.
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(range?.medianMs).toBeGreaterThan(50_000)
    expect(range?.medianMs).toBeLessThan(200_000)
  })

  it('looks at thousands of slots in samples, and comes to the same', () => {
    const many = Array.from({ length: 2_400 }, (_, k) => busy(((k * 37) % 2_400) * 25))
    const few = Array.from({ length: 240 }, (_, k) => busy(((k * 37) % 240) * 250))
    expect(seconds(many, 12_000) / seconds(few, 1_200)).toBeCloseTo(1, 1)
  })
})
