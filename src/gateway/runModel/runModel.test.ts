import { describe, expect, it } from 'vitest'
import { normalQuantile, normalShare } from './normal.ts'
import { ANY_VOICE, meanMs, percentileMs, remainingMs, runModelOf, voiceBucket, withPace, withRun } from './runModel.ts'
import type { FinishedRun, RunStat } from './runModel.ts'

const run = (durationMs: number, voiceMs: number | null = null): FinishedRun => ({
  ...{ taskType: 'heygem_submit', engine: 'lips', voiceMs, durationMs },
})

/** Runs whose logarithm is normal: the k-th of n equal shares, so that no chance is involved. */
function logNormalTimes(medianMs: number, spread: number, count: number): number[] {
  const times = Array.from({ length: count }, (_, k) => medianMs * Math.exp(spread * normalQuantile((k + 0.5) / count)))
  // Far apart neighbours, as in life: a moving average sees no trend.
  return times.map((_, k) => times[(k * 37) % count] ?? medianMs)
}

function learned(times: readonly number[], voiceMs: number | null = null): RunStat {
  const bucket = voiceBucket(voiceMs)
  const stat = times.reduce<RunStat | undefined>((before, ms) => withRun(before, run(ms, voiceMs), bucket), undefined)
  if (stat === undefined) throw new Error('no runs')
  return stat
}

describe('the normal distribution', () => {
  it('knows the usual values, and its two functions undo each other', () => {
    expect(normalShare(0)).toBeCloseTo(0.5, 6)
    expect(normalShare(1.96)).toBeCloseTo(0.975, 4)
    expect(normalQuantile(0.9)).toBeCloseTo(1.2816, 3)
    for (const share of [0.01, 0.2, 0.5, 0.8, 0.99]) expect(normalShare(normalQuantile(share))).toBeCloseTo(share, 3)
  })
})

describe('what runs teach', () => {
  it('finds median and nine-in-ten of times that vary', () => {
    const stat = learned(logNormalTimes(60_000, 0.4, 101))
    expect(percentileMs(stat, 0.5) / 60_000).toBeGreaterThan(0.8)
    expect(percentileMs(stat, 0.5) / 60_000).toBeLessThan(1.25)
    expect(percentileMs(stat, 0.9) / (60_000 * Math.exp(0.4 * 1.2816))).toBeGreaterThan(0.75)
    expect(percentileMs(stat, 0.9) / (60_000 * Math.exp(0.4 * 1.2816))).toBeLessThan(1.3)
  })

  it('follows an engine that became three times slower within 20 runs', () => {
    const stat = learned([...logNormalTimes(20_000, 0.2, 50), ...logNormalTimes(60_000, 0.2, 20)])
    expect(stat.medianMs).toBeGreaterThan(50_000)
    expect(stat.medianMs).toBeLessThan(70_000)
  })

  it('of seconds, minutes and hours still tells a mean of their size', () => {
    const stat = learned([2_000, 2_000, 120_000, 7_200_000])
    expect(meanMs(stat)).toBeLessThan(7_200_000)
    // As an earlier version may have stored it.
    const model = runModelOf([{ ...stat, spread: 3.7 }], null)
    expect(model === null ? Number.NaN : meanMs(model)).toBeLessThan(7_200_000)
  })

  it('is not spoilt by one run that hung for an hour', () => {
    const stat = learned([...logNormalTimes(20_000, 0.2, 30), 3_600_000, ...logNormalTimes(20_000, 0.2, 5)])
    expect(stat.medianMs).toBeLessThan(40_000)
  })
})

describe('runModelOf', () => {
  const halfMinute = learned([30_000, 30_000, 30_000, 30_000], 30_000)
  const any = { ...learned([200_000]), bucket: ANY_VOICE }

  it('takes the voice’s own length first', () => {
    const twoMinutes = learned([90_000, 90_000, 90_000, 90_000], 120_000)
    expect(runModelOf([any, halfMinute, twoMinutes], 30_000)?.medianMs).toBeCloseTo(30_000, -3)
    expect(runModelOf([any, halfMinute, twoMinutes], 120_000)?.medianMs).toBeCloseTo(90_000, -3)
  })

  it('scales what it knows to a length it has not seen', () => {
    const minutes = runModelOf([any, halfMinute], 240_000)
    expect(minutes?.medianMs).toBeGreaterThan(200_000)
    expect(minutes?.medianMs).toBeLessThan(280_000)
  })

  it('falls back to all runs for a length nobody told, and to nothing where there were none', () => {
    expect(runModelOf([any, halfMinute], null)?.medianMs).toBe(any.medianMs)
    expect(runModelOf([any], 30_000)?.medianMs).toBe(any.medianMs)
    expect(runModelOf([], 30_000)).toBeNull()
  })
})

describe('remainingMs', () => {
  const model = { medianMs: 60_000, spread: 0.3 }

  it('is the median at the start, and shrinks more slowly than time passes', () => {
    expect(remainingMs(model, 0)).toBeCloseTo(60_000, -2)
    expect(remainingMs(model, 30_000)).toBeCloseTo(30_600, -4)
    expect(remainingMs(model, 60_000)).toBeGreaterThan(8_000)
  })

  it('is never negative nor zero, however long it has taken', () => {
    for (const elapsedMs of [100_000, 200_000, 1_000_000, 1e9]) {
      expect(remainingMs(model, elapsedMs)).toBeGreaterThan(1_000)
      expect(remainingMs(model, elapsedMs)).toBeLessThan(Math.max(60_000, elapsedMs))
    }
  })

  it('of a run far beyond everything seen grows with its lateness', () => {
    const short = { medianMs: 600, spread: 0.3 }
    expect(remainingMs(short, 60_000)).toBeGreaterThan(20_000)
    expect(remainingMs(short, 120_000)).toBeGreaterThan(remainingMs(short, 60_000) * 1.9)
  })
})

describe('withPace', () => {
  const model = { medianMs: 60_000, spread: 0.3 }

  it('believes a run more the farther it is', () => {
    const at = (done: number): number => withPace(model, done * 90_000, done).medianMs
    expect(at(0.01)).toBe(60_000)
    expect(at(0.1)).toBeLessThan(at(0.5))
    expect(at(0.5)).toBeLessThan(at(0.95))
    expect(at(0.95)).toBeGreaterThan(85_000)
    expect(at(1)).toBeLessThanOrEqual(90_000)
  })

  it('takes one that is far from all that was learned at its own pace', () => {
    expect(withPace(model, 900_000, 0.6).medianMs).toBe(1_500_000)
    expect(withPace(model, 900, 0.6).medianMs).toBe(1_500)
  })
})
