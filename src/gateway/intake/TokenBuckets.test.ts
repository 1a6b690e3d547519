import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { TokenBuckets } from './TokenBuckets.ts'

describe('TokenBuckets', () => {
  it('lets a burst through, then the rate, each key on its own', () => {
    const clock = createFakeClock()
    const buckets = new TokenBuckets(clock, () => ({ perMinute: 60, burst: 2 }))
    expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([0, 0, 1_000])
    expect(buckets.take('b')).toBe(0)
    clock.advance(400)
    expect(buckets.take('a')).toBe(600)
    clock.advance(600)
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 1_000])
  })

  it('saves up no more than the burst, and is not moved by the wall clock', () => {
    const clock = createFakeClock()
    const buckets = new TokenBuckets(clock, () => ({ perMinute: 60, burst: 2 }))
    clock.advance(3_600_000)
    expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([0, 0, 1_000])
    clock.jumpWall(3_600_000)
    expect(buckets.take('a')).toBe(1_000)
  })

  it('follows a rate that is changed', () => {
    const clock = createFakeClock()
    let rate = { perMinute: 60, burst: 4 }
    const buckets = new TokenBuckets(clock, () => rate)
    expect(buckets.take('a')).toBe(0)
    rate = { perMinute: 6, burst: 1 }
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 10_000])
  })
})
