import { describe, expect, it } from 'vitest'
import { orderedId, randomHex } from './randomId.ts'

describe('randomHex', () => {
  it('is as long as asked for, never comes twice, and uses every digit about as often', () => {
    const all = Array.from({ length: 4_000 }, (_, index) => randomHex(index % 2 === 0 ? 16 : 32))
    for (const [index, hex] of all.entries()) expect(hex).toMatch(index % 2 === 0 ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/)
    const words = all.flatMap((hex) => hex.match(/.{32}/g) ?? [])
    expect(new Set(words).size).toBe(6_000)
    const zeros = words.join('').match(/0/g)?.length ?? 0
    // 192,000 digits, a sixteenth of them: 12,000, give or take 106.
    expect(Math.abs(zeros - 12_000)).toBeLessThan(800)
  })
})

describe('orderedId', () => {
  it('has the form of a task id, orders by its time, and never comes twice', () => {
    const times = [0, 1, 999, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1]
    const ids = times.map((nowMs) => orderedId('t', nowMs))
    for (const id of ids) expect(id).toMatch(/^t_[0-9a-f]{32}$/)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(Array.from({ length: 1_000 }, () => orderedId('t', 5))).size).toBe(1_000)
  })

  it('keeps its form under a clock that is wrong', () => {
    for (const nowMs of [-1, 0.5, 2 ** 52]) expect(orderedId('t', nowMs)).toMatch(/^t_[0-9a-f]{32}$/)
  })
})
