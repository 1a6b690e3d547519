import { describe, expect, it } from 'vitest'
import { duration, relative } from './times.ts'

const NOW = 1_800_000_000
const ago = (seconds: number, language: 'en' | 'zh-CN' = 'en') => relative(NOW - seconds, NOW * 1000, language)

describe('times', () => {
  it('tells how long ago, in the largest unit', () => {
    expect([0, 59, 60, 3_599, 3_600, 90_000].map((seconds) => ago(seconds))).toEqual([
      '0 sec. ago',
      '59 sec. ago',
      '1 min. ago',
      '59 min. ago',
      '1 hr. ago',
      '1 day ago',
    ])
    expect(ago(180, 'zh-CN')).toBe('3分钟前')
    expect(ago(-7_300)).toBe('in 2 hr.')
    expect([ago(-86_398), ago(-3_599), ago(-59)]).toEqual(['in 1 day', 'in 1 hr.', 'in 59 sec.'])
    expect(relative(null, 0, 'en')).toBe('–')
  })

  it('tells how long', () => {
    expect([12.4, 150, 7_200].map((seconds) => duration(seconds, 'en'))).toEqual(['12 sec', '2 min', '2 hr'])
    expect([duration(150, 'zh-CN'), duration(null, 'en')]).toEqual(['2分钟', '–'])
  })
})
