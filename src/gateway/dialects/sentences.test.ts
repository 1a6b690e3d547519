import { describe, expect, it } from 'vitest'
import { queuedSentence } from './sentences.ts'
import type { QueuedSituation } from './sentences.ts'

const OVERDUE: QueuedSituation = {
  ...{ gpu: 'offline', position: 1, estimate: null, waitedMs: 0, backoffMs: 0, notReady: null, isPaused: false },
  ...{ isWithheld: false, expiresInMs: null },
}
const said = (waitedMs: number) => queuedSentence({ ...OVERDUE, waitedMs }, 'en')

describe('a GPU that is late', () => {
  it('is told with the minutes that have passed, to the nearest one', () => {
    expect(said(113_000)).toBe('The GPU is still offline after 2 minutes; the task runs by itself once it is online')
    expect(said(31_000)).toContain('after 1 minute;')
    expect(said(119.6 * 60_000)).toContain('after 120 minutes;')
    expect(said(3 * 3_600_000 - 1)).toContain('after 2 hours;')
  })

  it('is told without a number before there is a minute to tell', () => {
    expect(said(0)).toBe('The GPU is offline; the task runs by itself once it is online')
    expect(queuedSentence(OVERDUE, 'zh-CN')).toBe('GPU 未上线，上线后自动执行')
  })
})
