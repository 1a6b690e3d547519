import { describe, expect, it } from 'vitest'
import { checkTally, listedTests, playwrightTally, sum, summaryLine, vitestTally, withExit } from './tally.mjs'

/** @param {string} status */
const test = (status) => ({ status, fullName: `a ${status}` })

describe('vitestTally', () => {
  it('counts tests, and a file that does not load as one failure', () => {
    const report = {
      testResults: [
        { name: 'a.test.ts', status: 'failed', assertionResults: ['passed', 'failed', 'skipped', 'todo'].map(test) },
        { name: 'b.test.ts', status: 'failed', message: 'Cannot find ./x\n at', assertionResults: [] },
        { name: 'c.test.ts', status: 'passed', assertionResults: [test('passed')] },
      ],
    }
    expect(vitestTally(report)).toEqual({
      passed: 2,
      failed: 2,
      skipped: 2,
      failures: ['a.test.ts: a failed', 'b.test.ts: Cannot find ./x'],
    })
  })
})

describe('playwrightTally', () => {
  const suites = [
    {
      title: 'app.spec.ts',
      specs: [{ title: 'opens', tests: [{ status: 'expected', projectName: 'browser' }] }],
      suites: [
        {
          title: 'compose',
          specs: [
            { title: 'plays', tests: [{ status: 'unexpected', projectName: 'browser' }] },
            { title: 'seeks', tests: [{ status: 'flaky', projectName: 'browser' }] },
            { title: 'hides', tests: [{ status: 'skipped', projectName: 'browser' }] },
          ],
        },
      ],
    },
  ]

  it('counts nested suites, flaky tests and errors outside of tests as failures', () => {
    expect(playwrightTally({ suites, errors: [{ message: 'No tests found\n' }] })).toEqual({
      passed: 1,
      failed: 3,
      skipped: 1,
      failures: [
        'app.spec.ts › compose › plays [browser]',
        'app.spec.ts › compose › seeks [browser]',
        'playwright: No tests found',
      ],
    })
  })

  it('counts what a listing names', () => {
    expect(listedTests({ suites, errors: [] })).toBe(4)
  })
})

describe('withExit', () => {
  const good = { passed: 3, failed: 0, skipped: 0, failures: [] }

  it('fails a runner that ended badly without a failed test, or ran nothing', () => {
    expect(withExit('unit', good, true)).toEqual(good)
    expect(withExit('unit', good, false)).toMatchObject({
      failed: 1,
      failures: ['unit: an error outside of the tests'],
    })
    expect(withExit('unit', { ...good, passed: 0 }, true)).toMatchObject({ failed: 1, failures: ['unit: no test ran'] })
  })

  it('does not count a failed test twice', () => {
    const bad = { passed: 1, failed: 2, skipped: 0, failures: ['a', 'b'] }
    expect(withExit('unit', bad, false)).toEqual(bad)
  })
})

describe('summaryLine', () => {
  it('sums checks and tests', () => {
    const total = sum([
      checkTally('lint', true),
      checkTally('types', false),
      { passed: 4, failed: 0, skipped: 2, failures: [] },
    ])
    expect([summaryLine(total), total.failures]).toEqual(['5 passed, 1 failed, 2 skipped', ['types']])
  })
})
