import { describe, expect, it } from 'vitest'
import { changesBetween, conditionsOf, stateOf } from './conditions.ts'
import type { Standing } from './conditions.ts'

const READY = { name: 'duix', version: '1', ready: true, features: [], lip_sync: true }
const WELL: Standing = {
  isConnected: true,
  ailment: undefined,
  isDrained: false,
  isDraining: false,
  engines: [READY],
}

function codes(changes: Partial<Standing>): readonly string[] {
  return conditionsOf({ ...WELL, ...changes }).map(({ code }) => code)
}

function told(before: Partial<Standing>, after: Partial<Standing>): readonly string[] {
  const from = conditionsOf({ ...WELL, ...before })
  return changesBetween(from, conditionsOf({ ...WELL, ...after })).map(({ code }) => code)
}

describe('conditionsOf', () => {
  it('names everything that keeps a server from taking tasks', () => {
    expect(codes({})).toEqual([])
    expect(codes({ isConnected: false, isDrained: true, ailment: 'silent' })).toEqual(['disconnected', 'drained'])
    expect(codes({ isDraining: true })).toEqual(['draining'])
    expect(codes({ ailment: 'silent', isDrained: true, isDraining: true, engines: [] })).toEqual([
      'silent',
      'drained',
      'engine_not_ready',
    ])
  })

  it('cuts a foreign reason short', () => {
    const engines = [{ ...READY, ready: false, reason: 'x'.repeat(1_000) }]
    expect(conditionsOf({ ...WELL, engines })[0]?.detail?.length).toBe(200)
  })

  it('gives one state for all of them: the worst', () => {
    const states = [
      {},
      { engines: [] },
      { isDraining: true },
      { isDrained: true, ailment: 'silent' },
      { ailment: 'gone' },
      { isConnected: false },
    ] as const
    expect(states.map((changes) => stateOf(conditionsOf({ ...WELL, ...changes })))).toEqual([
      'online',
      'online',
      'draining',
      'suspect',
      'offline',
      'offline',
    ])
  })
})

describe('changesBetween', () => {
  it('tells beginnings and ends once, and the stages of one silence in their order', () => {
    expect(told({ isConnected: false }, {})).toEqual(['connected'])
    expect(told({}, { ailment: 'silent' })).toEqual(['silent'])
    expect(told({ ailment: 'silent' }, { ailment: 'silent' })).toEqual([])
    expect(told({ ailment: 'silent' }, { ailment: 'gone' })).toEqual(['gone'])
    expect(told({ ailment: 'gone' }, { ailment: 'unproven' })).toEqual([])
    expect(told({ ailment: 'unproven' }, {})).toEqual(['recovered'])
    expect(told({ isDrained: true }, {})).toEqual(['resumed'])
  })

  it('tells that a server does not shut down after all, but of none that is gone, or was drained meanwhile', () => {
    expect(told({ isDraining: true }, {})).toEqual(['stays'])
    expect(told({ isDraining: true }, { engines: [] })).toEqual(['stays', 'engine_not_ready'])
    expect(told({ isDraining: true }, { isConnected: false })).toEqual(['disconnected'])
    expect(told({ isDraining: true }, { isDrained: true, isDraining: true })).toEqual(['drained'])
  })

  it('does not call a server recovered, or its engine ready, because it is gone', () => {
    expect(told({ ailment: 'silent', engines: [] }, { isConnected: false })).toEqual(['disconnected'])
    expect(told({ isConnected: false }, { engines: [] })).toEqual(['connected', 'engine_not_ready'])
  })
})
