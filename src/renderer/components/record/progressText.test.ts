import { describe, expect, it } from 'vitest'
import type { RecordProgress } from '../../../protocol/studio/index.ts'
import { createFormat, createI18n } from '../../i18n/index.ts'
import { activeRecord, NOW_MS } from '../../testing/samples.ts'
import { progressText } from './progressText.ts'

const { t } = await createI18n('en')
const format = createFormat('en')

const NOTHING: RecordProgress = {
  step: 'synthesize',
  fraction: null,
  bytesDone: null,
  bytesTotal: null,
  bytesPerSecond: null,
  frame: null,
  totalFrames: null,
  secondsLeft: null,
  resumedFromBytes: null,
}

const textOf = (progress: RecordProgress | null) =>
  progressText(activeRecord(1, progress?.step ?? 'synthesize', { progress }), NOW_MS, t, format)

describe('progress text', () => {
  it('invents nothing: without a fraction there is no percent, but the stage and the time so far', () => {
    for (const progress of [null, NOTHING, { ...NOTHING, frame: 12 }]) {
      const { what, amounts, time, fraction } = textOf(progress)
      expect(fraction).toBeNull()
      expect(what).toBe('Synthesizing')
      expect(amounts).toEqual([])
      expect(time.join()).toMatch(/^10 sec so far$/)
      expect([what, ...amounts, ...time].join(' ')).not.toContain('%')
    }
  })

  it('tells frames, percent and time left where the engine does', () => {
    expect(textOf({ ...NOTHING, fraction: 0.58, frame: 120, totalFrames: 207, secondsLeft: 4 })).toEqual({
      what: 'Synthesizing',
      amounts: ['Frame 120 of 207'],
      time: ['58%', 'About 4 sec left'],
      fraction: 0.58,
    })
  })

  it('tells bytes, rate and where an upload went on', () => {
    const upload = {
      ...NOTHING,
      step: 'upload' as const,
      fraction: 0.42,
      bytesDone: 178e6,
      bytesTotal: 424e6,
      bytesPerSecond: 11.3e6,
      resumedFromBytes: 96e6,
    }
    expect(textOf(upload).amounts).toEqual(['178 MB of 424 MB', '11.3 MB/s', 'resumed at 96 MB'])
  })
})
