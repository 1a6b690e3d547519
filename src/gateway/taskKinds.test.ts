import { describe, expect, it } from 'vitest'
import { ENGINE_FEATURES } from '../protocol/task/index.ts'
import { allKindsOf, kindOf, kindsWith, typeOfKind } from './taskKinds.ts'

describe('the kind of a task', () => {
  it('is its type and what it needs, in whatever order that was said', () => {
    expect(kindOf('heygem_submit', [])).toBe('heygem_submit')
    expect(kindOf('heygem_submit', ['ai_badge', 'loop'])).toBe(kindOf('heygem_submit', ['loop', 'ai_badge']))
    expect(allKindsOf('heygem_submit').map(typeOfKind)).toEqual(Array.from({ length: 8 }, () => 'heygem_submit'))
  })

  it('can be done by an engine that has all of that, and by no other', () => {
    expect(kindsWith(['heygem_submit'], [])).toEqual(['heygem_submit'])
    expect(kindsWith(['heygem_submit'], ['loop', 'something new'])).toEqual(['heygem_submit', 'heygem_submit+loop'])
    const two = kindsWith(['heygem_submit', 'other'], ['ai_badge', 'super_resolution'])
    for (const taskType of ['heygem_submit', 'other']) {
      for (const needed of [[], ['ai_badge'], ['super_resolution'], ['super_resolution', 'ai_badge']] as const) {
        expect(two).toContain(kindOf(taskType, needed))
      }
      expect(two).not.toContain(kindOf(taskType, ['loop', 'ai_badge']))
    }
    expect(two).toHaveLength(8)
    expect(new Set(allKindsOf('a'))).toEqual(new Set(kindsWith(['a'], ENGINE_FEATURES.toReversed())))
  })
})
