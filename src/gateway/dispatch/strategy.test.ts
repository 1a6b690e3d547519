import { describe, expect, it } from 'vitest'
import { roundRobin } from './strategy.ts'

function candidates(...numbers: readonly string[]): { serverId: string; workerId: string; free: number }[] {
  return numbers.map((number) => ({ serverId: `GPU-${number}`, workerId: `w-${number}`, free: 1 }))
}

function order(last: string | null, ...numbers: readonly string[]): readonly string[] {
  return roundRobin(candidates(...numbers), last).map((one) => one.serverId)
}

describe('roundRobin', () => {
  it('offers each server in turn, by number, after the last one', () => {
    expect(order(null, '003', '001', '002')).toEqual(['GPU-001', 'GPU-002', 'GPU-003'])
    expect(order('GPU-001', '003', '001', '002')).toEqual(['GPU-002', 'GPU-003', 'GPU-001'])
    expect(order('GPU-003', '003', '001', '002')).toEqual(['GPU-001', 'GPU-002', 'GPU-003'])
  })

  it('goes on behind a server that is gone, and counts beyond 999', () => {
    expect(order('GPU-002', '001', '003')).toEqual(['GPU-003', 'GPU-001'])
    expect(order('GPU-999', '001', '1000')).toEqual(['GPU-1000', 'GPU-001'])
    expect(order('GPU-001')).toEqual([])
  })
})
