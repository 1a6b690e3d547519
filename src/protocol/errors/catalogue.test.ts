import { describe, expect, it } from 'vitest'
import { describeError, ERROR_CODES, errorEntry } from './catalogue.ts'
import { pickLanguage } from './language.ts'

const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort()

describe('error catalogue', () => {
  it.each(ERROR_CODES)('%s has a sentence and an action in both languages', (code) => {
    const entry = errorEntry(code)
    expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/)
    expect(entry.status).toBeGreaterThanOrEqual(400)
    for (const text of [...entry.en, ...entry.zh]) expect(text.trim()).not.toBe('')
    expect(entry.zh.join('')).toMatch(/\p{Script=Han}|\{detail\}/u)
    expect(entry.en.join('')).not.toMatch(/\p{Script=Han}/u)
    expect(placeholders(entry.zh.join(' '))).toEqual(placeholders(entry.en.join(' ')))
  })

  it('fills values in and leaves a dash where one is missing', () => {
    expect(describeError({ code: 'PORT_IN_USE', data: { port: 9501 } }, 'en').message).toBe(
      'Port 9501 is used by another program.',
    )
    expect(describeError({ code: 'PORT_IN_USE' }, 'zh-CN').message).toBe('端口 – 已被占用。')
    expect(describeError({ code: 'NO_SUCH_CODE' }, 'en').message).toBe('Something went wrong on our side.')
  })

  it('reads Accept-Language', () => {
    expect(pickLanguage('fr, zh-Hans;q=0.8, en;q=0.5')).toBe('zh-CN')
    expect(pickLanguage('en-GB,en;q=0.9')).toBe('en')
    expect(pickLanguage(undefined)).toBe('en')
  })
})
