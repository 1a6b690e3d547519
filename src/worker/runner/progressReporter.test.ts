import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createProgressReporter } from './progressReporter.ts'
import type { RunProgress } from './progressReporter.ts'

const at = (stage: RunProgress['stage'], percent: number | null): RunProgress => ({
  stage,
  percent,
  frame: null,
  totalFrames: null,
})

describe('createProgressReporter', () => {
  it('sends at most four a second, a new stage at once, and always the last one', () => {
    const clock = createFakeClock()
    const sent: RunProgress[] = []
    const reporter = createProgressReporter(clock, (progress) => sent.push(progress))
    reporter.report(at('inputs', null))
    reporter.report(at('encode', 0))
    for (let percent = 1; percent <= 100; percent++) {
      clock.advance(10)
      reporter.report(at('encode', percent))
    }
    clock.advance(1_000)
    expect(sent.map(({ percent }) => percent)).toEqual([null, 0, 24, 49, 74, 99, 100])
    expect(clock.pendingTimers).toBe(0)
  })

  it('sends nothing after it was stopped', () => {
    const clock = createFakeClock()
    const sent: RunProgress[] = []
    const reporter = createProgressReporter(clock, (progress) => sent.push(progress))
    reporter.report(at('encode', 1))
    reporter.report(at('encode', 2))
    reporter.stop()
    clock.advance(1_000)
    expect(sent).toHaveLength(1)
    expect(reporter.latest.percent).toBe(2)
  })
})
