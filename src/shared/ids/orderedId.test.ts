import { describe, expect, it } from 'vitest'
import { orderedId } from './randomId.ts'

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
