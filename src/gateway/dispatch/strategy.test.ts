import { describe, expect, it } from 'vitest'
import { leastBusy, roundRobin, sticky } from './strategy.ts'
import type { Candidate, Strategy } from './strategy.ts'

function server(number: string, held = 0, limit = 4): Candidate {
  return {
    number: Number(number),
    serverId: `GPU-${number}`,
    workerId: `w-${number}`,
    kinds: [],
    forgetsFiles: false,
    limit,
    held,
    removals: 0,
    free: limit - held,
  }
}

function chosen(strategy: Strategy, candidates: readonly Candidate[], last: number, home: string | null = null) {
  return strategy(candidates, { lastNumber: last, homeWorkerId: home })?.serverId
}

/** Gives one task after the other, as a pass does. */
function spread(strategy: Strategy, candidates: readonly Candidate[], tasks: number, home: string | null = null) {
  let last = 0
  const given: string[] = []
  for (let task = 0; task < tasks; task++) {
    const next = strategy(
      candidates.filter((one) => one.free > 0),
      { lastNumber: last, homeWorkerId: home },
    )
    if (next === undefined) break
    next.held += 1
    next.free -= 1
    last = next.number
    given.push(next.serverId)
  }
  return given
}

describe('roundRobin', () => {
  it('offers each server in turn, by number, after the last one', () => {
    const three = [server('001'), server('002'), server('003')]
    expect([0, 1, 3].map((last) => chosen(roundRobin, three, last))).toEqual(['GPU-001', 'GPU-002', 'GPU-001'])
    expect(spread(roundRobin, three, 5)).toEqual(['GPU-001', 'GPU-002', 'GPU-003', 'GPU-001', 'GPU-002'])
  })

  it('goes on behind a server that is gone, and counts beyond 999', () => {
    expect(chosen(roundRobin, [server('001'), server('003')], 2)).toBe('GPU-003')
    expect(chosen(roundRobin, [server('001'), server('1000')], 999)).toBe('GPU-1000')
    expect(chosen(roundRobin, [], 1)).toBeUndefined()
  })
})

describe('leastBusy', () => {
  it('offers the server with the smallest part of its limit in use', () => {
    expect(chosen(leastBusy, [server('001', 1, 2), server('002', 3, 12)], 0)).toBe('GPU-002')
  })

  it('goes in turn among equals, and fills up unlike servers evenly', () => {
    expect(chosen(leastBusy, [server('001', 1), server('002', 1), server('003', 2)], 1)).toBe('GPU-002')
    expect(spread(leastBusy, [server('001', 0, 2), server('002', 0, 4)], 6)).toEqual([
      'GPU-001',
      'GPU-002',
      'GPU-002',
      'GPU-001',
      'GPU-002',
      'GPU-002',
    ])
  })
})

describe('sticky', () => {
  it('goes home while home has room, then to the least busy', () => {
    const servers = [server('001'), server('002', 2), server('003', 1)]
    expect(spread(sticky, servers, 4, 'w-002')).toEqual(['GPU-002', 'GPU-002', 'GPU-001', 'GPU-003'])
  })

  it('is the least busy for a tenant that has no home', () => {
    expect(chosen(sticky, [server('001', 1), server('002')], 0)).toBe('GPU-002')
    expect(chosen(sticky, [server('001', 1), server('002')], 0, 'w-gone')).toBe('GPU-002')
  })
})
