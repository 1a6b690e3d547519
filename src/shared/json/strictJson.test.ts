import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from './strictJson.ts'

const problem = (text: string): string | undefined => {
  const result = parseStrictJson(text)
  return result.ok ? undefined : result.problem
}

describe('parseStrictJson', () => {
  it.each([
    ['', 'invalid'],
    ['{"a":1} x', 'invalid'],
    ['\uFEFF{}', 'invalid'],
    ['{"a":"\0"}', 'invalid'],
    ['{"a":"\uD800"}', 'not_well_formed'],
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":1,"\\u0061":2}', 'duplicate_key'],
    ['{"b":{"a":1,"a":1}}', 'duplicate_key'],
    ['{"__proto__":{"admin":true}}', 'forbidden_key'],
    ['{"a":[{"constructor":1}]}', 'forbidden_key'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'too_deep'],
    [`${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'too_deep'],
  ])('refuses %j', (text, expected) => {
    expect(problem(text)).toBe(expected)
  })

  it('takes the same key in different objects, and a key word as a value', () => {
    const text = '[{"a":"__proto__"},{"a" : "x\\"y:"}, "a:b"]'
    expect(parseStrictJson(text)).toEqual({
      ok: true,
      value: [{ a: '__proto__' }, { a: 'x"y:' }, 'a:b'],
    })
  })

  it('reads whatever JSON.stringify writes within the depth', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        const result = parseStrictJson(text)
        if (!result.ok) expect(result.problem).toMatch(/forbidden_key|not_well_formed/)
        else expect(result.value).toEqual(JSON.parse(text))
      }),
    )
  })
})
