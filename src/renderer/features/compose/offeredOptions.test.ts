import { describe, expect, it } from 'vitest'
import { offeredOptions } from './offeredOptions.ts'

const CHOSEN = { loop: 'pingpong', superResolution: true, aiBadge: true, name: 'a', priority: 'normal' } as const
const engine = (...features: string[]) => ({ name: 'any', lipSync: true, features })

describe('what was chosen for another engine', () => {
  it.each([
    [engine('loop', 'super_resolution', 'ai_badge'), CHOSEN],
    [engine(), { ...CHOSEN, loop: 'restart', superResolution: false, aiBadge: false }],
    [engine('ai_badge'), { ...CHOSEN, loop: 'restart', superResolution: false }],
    [null, { ...CHOSEN, superResolution: false, aiBadge: false }],
  ] as const)('is off where this one cannot do it (%j)', (now, expected) => {
    expect(offeredOptions(CHOSEN, now)).toEqual(expected)
    const nothing = { ...CHOSEN, loop: 'restart', superResolution: false, aiBadge: false } as const
    expect(offeredOptions(nothing, now)).toEqual(nothing)
  })
})
