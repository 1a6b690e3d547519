import { describe, expect, it } from 'vitest'
import { planEviction } from './eviction.ts'

const file = (name: string, sizeBytes: number, usedAtMs: number, isPinned = false) => ({
  name,
  sizeBytes,
  usedAtMs,
  isPinned,
})

describe('planEviction', () => {
  it('removes nothing while all fits', () => {
    expect(planEviction([file('a', 5, 1), file('b', 5, 2)], 10)).toEqual([])
  })

  it('removes the least recently used until the rest fits', () => {
    expect(planEviction([file('new', 5, 3), file('old', 4, 1), file('middle', 4, 2)], 9)).toEqual(['old'])
    expect(planEviction([file('new', 5, 3), file('old', 4, 1), file('middle', 4, 2)], 5)).toEqual(['old', 'middle'])
  })

  it('never removes a file in use, even when that leaves too much', () => {
    expect(planEviction([file('used', 9, 1, true), file('idle', 2, 2)], 5)).toEqual(['idle'])
  })
})
