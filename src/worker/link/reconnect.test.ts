import { describe, expect, it } from 'vitest'
import { isRefusal, RECONNECT_TIMINGS, reconnectDelayMs } from './reconnect.ts'

const TOP = (): number => 1
const BOTTOM = (): number => 0

describe('reconnectDelayMs', () => {
  const delays = (random: () => number) =>
    [1, 2, 3, 4, 5, 50].map((failures) =>
      reconnectDelayMs({ wasRegistered: false, failures, isRefused: false }, RECONNECT_TIMINGS, random),
    )

  it('grows from 5 s to 30 s and stays there', () => {
    expect(delays(TOP)).toEqual([5_000, 8_500, 14_450, 24_565, 30_000, 30_000])
  })

  it('is spread over half of it, so that a fleet does not come back in step', () => {
    expect(delays(BOTTOM)).toEqual([2_500, 4_250, 7_225, 12_282, 15_000, 15_000])
  })

  it('is short once after a connection that worked', () => {
    const end = { wasRegistered: true, failures: 0, isRefused: false }
    expect(reconnectDelayMs(end, RECONNECT_TIMINGS, BOTTOM)).toBe(500)
    expect(reconnectDelayMs(end, RECONNECT_TIMINGS, TOP)).toBe(1_000)
  })

  it('is anything up to 5 s after a gateway that restarts', () => {
    const end = { wasRegistered: true, failures: 0, isRefused: false, closeCode: 1012 }
    expect([0, 0.5, 1].map((at) => reconnectDelayMs(end, RECONNECT_TIMINGS, () => at))).toEqual([0, 2_500, 5_000])
  })

  it('is very long when another worker has this one’s id', () => {
    const end = { wasRegistered: true, failures: 0, isRefused: true, isReplaced: true, closeCode: 4409 }
    expect(reconnectDelayMs(end, RECONNECT_TIMINGS)).toBe(600_000)
  })

  it('is long after a refusal', () => {
    expect(reconnectDelayMs({ wasRegistered: true, failures: 0, isRefused: true }, RECONNECT_TIMINGS)).toBe(30_000)
  })
})

describe('a gateway that asks to be left alone', () => {
  it('is left alone as long as it asked', () => {
    const end = { wasRegistered: true, failures: 0, isRefused: true, retryAfterMs: 7_000 }
    expect(reconnectDelayMs(end, RECONNECT_TIMINGS)).toBe(7_000)
  })
})

describe('isRefusal', () => {
  it('tells "not you" from "not now"', () => {
    expect([4401, 4403, 4409, 1012, 1006, 1000, 4400].filter(isRefusal)).toEqual([4401, 4403, 4409])
  })
})
