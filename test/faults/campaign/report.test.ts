import { expect, it } from 'vitest'
import { bound95, faultLine, markdownRows } from './report.ts'
import type { FaultResult } from './runCampaign.ts'

const HELD: FaultResult = {
  ...{
    id: 'F01',
    title: 'gateway killed',
    planned: 100,
    held: 98,
    failed: [],
    notReached: { 'a.b: too late': 2 },
    seconds: 60,
  },
  missing: null,
}

it('bounds a failure rate by three over the trials that ran', () => {
  expect([bound95(0), bound95(2), bound95(300)]).toEqual([1, 1, 0.01])
})

it('never counts what was not reached, or not run, as held', () => {
  expect(faultLine(HELD)).toBe(
    '✓ F01 gateway killed: 98 of 98 held (≤ 3.1 % at 95 %); not reached: a.b: too late ×2 (60.0 s)',
  )
  expect(faultLine({ ...HELD, held: 2 })).toContain('2 of 2 held (≤ 100 % at 95 %)')
  expect(faultLine({ ...HELD, held: 0 })).toMatch(/^–/)
  expect(faultLine({ ...HELD, missing: 'no root' })).toBe('– F01 gateway killed: not run, no root')
  expect(markdownRows([HELD], 's1')).toBe('| F01 | gateway killed | 0 of 98 | 3.1 % | 2 | s1 |\n')
})

it('shows a failure as one', () => {
  const failed = [{ variant: '', index: 3, violations: [], folders: [] }]
  expect(faultLine({ ...HELD, held: 97, failed })).toMatch(/^✗ F01 gateway killed: 1 of 98 FAILED/)
})
