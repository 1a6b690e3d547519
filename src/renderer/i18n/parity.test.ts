import { describe, expect, it } from 'vitest'
import { en } from './en.ts'
import { zhCN } from './zhCN.ts'

const PLURAL = /_(ordinal_)?(zero|one|two|few|many|other)$/

function flatten(tree: object, prefix = ''): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string'
      ? [[`${prefix}${key}`, value] satisfies [string, string]]
      : typeof value === 'object' && value !== null
        ? flatten(value, `${prefix}${key}.`)
        : [],
  )
}

const english = flatten(en)
const chinese = flatten(zhCN)
const base = (key: string): string => key.replace(PLURAL, '')
const values = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)(?:, \w+)?\}\}/g)].map((match) => match[1] ?? '').sort()

describe('texts', () => {
  it('have the same keys in both languages', () => {
    expect([...new Set(chinese.map(([key]) => base(key)))].sort()).toEqual(
      [...new Set(english.map(([key]) => base(key)))].sort(),
    )
  })

  it('have every plural form their language needs', () => {
    for (const [texts, language] of [
      [english, 'en'],
      [chinese, 'zh-CN'],
    ] as const) {
      const keys = new Set(texts.map(([key]) => key))
      for (const key of keys) {
        if (!PLURAL.test(key)) continue
        const ordinal = key.includes('_ordinal_')
        const forms = new Intl.PluralRules(language, { type: ordinal ? 'ordinal' : 'cardinal' }).resolvedOptions()
        for (const form of forms.pluralCategories) {
          expect(keys).toContain(`${base(key)}_${ordinal ? 'ordinal_' : ''}${form}`)
        }
      }
    }
  })

  it.each(chinese)('%s names the same values in both languages', (key, text) => {
    const other = english.find(([candidate]) => base(candidate) === base(key) && candidate.endsWith(key.slice(-5)))
    expect(values(text)).toEqual(values(other?.[1] ?? ''))
  })

  it('are in their own language, and never empty', () => {
    const exempt =
      /placeholder|count$|inputs$|media\.video|voiceEmptyHint|sha256|record\.bytes|waitBasis|gatewayPlaceholder/i
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe('')
      if (!exempt.test(key)) expect(text, key).toMatch(/\p{Script=Han}/u)
    }
    for (const [key, text] of english) {
      expect(text.trim(), key).not.toBe('')
      expect(text, key).not.toMatch(/\p{Script=Han}/u)
    }
  })
})
