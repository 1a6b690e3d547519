import { expect, it } from 'vitest'
import { canonicalJson } from './canonicalJson.ts'

it('writes equal payloads equally, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}')
  expect(canonicalJson({ a: null, b: [{ d: 1 }] })).toBe(canonicalJson({ b: [{ c: undefined, d: 1 }], a: null }))
})
