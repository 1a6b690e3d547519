import { describe, expect, it } from 'vitest'
import { createFormat } from './format.ts'

const en = createFormat('en')
const zh = createFormat('zh-CN')

describe('format', () => {
  it('writes lengths as players do', () => {
    expect([0, 8_034, 9_990, 10_000, 65_400, 3_723_000].map((ms) => en.length(ms))).toEqual([
      '0:00.0',
      '0:08.0',
      '0:09.9',
      '0:10',
      '1:05',
      '1:02:03',
    ])
  })

  it('writes sizes in decimal units', () => {
    expect([0, 999, 1_000, 649_224, 1_204_113, 424e6, 4.2e9].map((bytes) => en.bytes(bytes))).toEqual([
      '0 B',
      '999 B',
      '1 kB',
      '649 kB',
      '1.2 MB',
      '424 MB',
      '4.2 GB',
    ])
  })

  it('writes spans no more exact than they are', () => {
    expect([0.4, 8, 59.6, 65, 121, 250, 3_590, 3_900].map((seconds) => en.span(seconds))).toEqual([
      '0 sec',
      '8 sec',
      '1 min',
      '1 min 5 sec',
      '2 min',
      '4 min',
      '1 hr',
      '1 hr 5 min',
    ])
    expect(zh.span(250)).toBe('4分钟')
  })

  it('writes a range of spans as briefly as it can be read', () => {
    const ranges = [
      [8, 12],
      [121, 300],
      [125, 130],
      [50, 90],
      [3_000, 7_200],
    ] as const
    expect(ranges.map(([low, high]) => en.spanRange(low, high))).toEqual([
      '8–12 sec',
      '2–5 min',
      '2 min',
      '50 sec – 1 min 30 sec',
      '50 min – 2 hr',
    ])
    expect(zh.spanRange(121, 300)).toBe('2-5分钟')
  })

  it('writes the time of day as the language does', () => {
    const now = new Date(2026, 4, 20, 14, 5, 0).getTime()
    const early = new Date(2026, 4, 20, 6, 25, 0).getTime()
    expect(en.moment(early, now)).toMatch(/^6:25\sAM$/)
    expect(zh.moment(early, now)).toBe('06:25')
  })
})
