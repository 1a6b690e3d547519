import { describe, expect, it } from 'vitest'
import { ANY_VOICE, percentileMs } from '../../runModel/runModel.ts'
import type { RunStat } from '../../runModel/runModel.ts'
import { stillLimitMs } from './progressDeadline.ts'
import { QUEUE_TIMINGS } from '../timings.ts'

const { progressMs, blindProgressMs } = QUEUE_TIMINGS
const task = { type: 'heygem_submit', voice_ms: null }
const told = { stage: 'synthesize', progress: 10, frame: null, totalFrames: null } as const
const stat = (engine: string, medianMs: number): RunStat => ({
  ...{ taskType: 'heygem_submit', engine, bucket: ANY_VOICE, runs: 30, medianMs, voiceMs: null, spread: 0.2 },
})

describe('stillLimitMs', () => {
  it('is five minutes for a run that told its progress, and long for one that never did', () => {
    expect(stillLimitMs(task, told, [], QUEUE_TIMINGS)).toBe(progressMs)
    expect(stillLimitMs(task, { ...told, progress: null, frame: 7 }, [], QUEUE_TIMINGS)).toBe(progressMs)
    expect(stillLimitMs(task, { ...told, progress: null }, [], QUEUE_TIMINGS)).toBe(blindProgressMs)
    expect(stillLimitMs(task, undefined, [], QUEUE_TIMINGS)).toBe(blindProgressMs)
  })

  it('is none for a result that is being brought: it may be large, the line slow, the pool full', () => {
    expect(stillLimitMs(task, { ...told, stage: 'upload' }, [stat('quick', 20_000)], QUEUE_TIMINGS)).toBe(Infinity)
  })

  it('is three long runs of the slowest engine where runs are known', () => {
    const slow = stat('slow', 600_000)
    const stats = [stat('quick', 20_000), slow]
    expect(stillLimitMs(task, told, stats, QUEUE_TIMINGS)).toBeCloseTo(3 * percentileMs(slow, 0.95), 3)
    expect(stillLimitMs({ ...task, voice_ms: 60_000 }, undefined, [stat('quick', 20_000)], QUEUE_TIMINGS)).toBe(
      progressMs,
    )
    expect(stillLimitMs({ ...task, type: 'other' }, told, stats, QUEUE_TIMINGS)).toBe(progressMs)
  })

  it('is long for a run without progress whose voice may be of any length, whatever shorter ones took', () => {
    const minutes = [stat('quick', 60_000)]
    expect(stillLimitMs(task, { ...told, progress: null }, minutes, QUEUE_TIMINGS)).toBe(blindProgressMs)
    expect(stillLimitMs(task, undefined, [stat('slow', blindProgressMs)], QUEUE_TIMINGS)).toBeGreaterThan(
      blindProgressMs,
    )
    expect(stillLimitMs(task, told, minutes, QUEUE_TIMINGS)).toBe(progressMs)
  })
})
