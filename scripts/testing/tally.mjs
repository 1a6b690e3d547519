/** @typedef {{ passed: number, failed: number, skipped: number, failures: string[] }} Tally */

/** @typedef {object} VitestReport vitest's JSON reporter, the part we read
 * @property {{ name: string, status: string, message?: string, assertionResults: { status: string, fullName: string }[] }[]} testResults
 */

/** @typedef {object} PlaywrightSuite
 * @property {string} title
 * @property {PlaywrightSuite[]} [suites]
 * @property {{ title: string, tests: { status: string, projectName: string }[] }[]} [specs]
 */

/** @typedef {{ suites: PlaywrightSuite[], errors: { message?: string }[] }} PlaywrightReport */

/** @returns {Tally} */
export const emptyTally = () => ({ passed: 0, failed: 0, skipped: 0, failures: [] })

/** @param {readonly Tally[]} tallies @returns {Tally} */
export function sum(tallies) {
  return {
    passed: tallies.reduce((total, tally) => total + tally.passed, 0),
    failed: tallies.reduce((total, tally) => total + tally.failed, 0),
    skipped: tallies.reduce((total, tally) => total + tally.skipped, 0),
    failures: tallies.flatMap((tally) => tally.failures),
  }
}

/** The last line of `npm test`. @param {Tally} tally */
export const summaryLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`

/** A check that is one yes or no. @param {string} name @param {boolean} ok @returns {Tally} */
export function checkTally(name, ok) {
  return ok ? { ...emptyTally(), passed: 1 } : { ...emptyTally(), failed: 1, failures: [name] }
}

/**
 * A runner that ended badly without a failed test of its own is a failure too: a crash, a leak, no test found.
 * @param {string} name
 * @param {Tally} tally
 * @param {boolean} exitedWell
 * @returns {Tally}
 */
export function withExit(name, tally, exitedWell) {
  const ranNothing = tally.passed + tally.failed + tally.skipped === 0
  if (tally.failed > 0 || (exitedWell && !ranNothing)) return tally
  const why = ranNothing ? 'no test ran' : 'an error outside of the tests'
  return { ...tally, failed: 1, failures: [`${name}: ${why}`] }
}

/** @param {VitestReport} report @returns {Tally} */
export function vitestTally(report) {
  return sum(
    report.testResults.map((file) => {
      const statuses = file.assertionResults.map((test) => test.status)
      const failures = file.assertionResults
        .filter((test) => test.status === 'failed')
        .map((test) => `${file.name}: ${test.fullName}`)
      // A file that does not load, or fails in its set-up, has no failed test but is one failure.
      if (file.status === 'failed' && failures.length === 0) failures.push(`${file.name}: ${firstLine(file.message)}`)
      const passed = statuses.filter((status) => status === 'passed').length
      const skipped = statuses.filter((status) => status !== 'passed' && status !== 'failed').length
      return { passed, failed: failures.length, skipped, failures }
    }),
  )
}

/** @param {PlaywrightReport} report @returns {Tally} */
export function playwrightTally(report) {
  const tests = testsOf({ title: '', suites: report.suites }, '')
  const errors = report.errors.map((error) => `playwright: ${firstLine(error.message)}`)
  const bad = tests.filter(({ status }) => status === 'unexpected' || status === 'flaky').map(({ name }) => name)
  return {
    passed: tests.filter(({ status }) => status === 'expected').length,
    failed: bad.length + errors.length,
    skipped: tests.filter(({ status }) => status === 'skipped').length,
    failures: [...bad, ...errors],
  }
}

/** Tests of a report made by `--list`, none of which ran. @param {PlaywrightReport} report */
export const listedTests = (report) => testsOf({ title: '', suites: report.suites }, '').length

/** @param {PlaywrightSuite} suite @param {string} prefix @returns {{ name: string, status: string }[]} */
function testsOf(suite, prefix) {
  const here = [prefix, suite.title].filter((part) => part !== '').join(' › ')
  const own = (suite.specs ?? []).flatMap((spec) =>
    spec.tests.map((test) => ({ name: `${here} › ${spec.title} [${test.projectName}]`, status: test.status })),
  )
  return [...own, ...(suite.suites ?? []).flatMap((inner) => testsOf(inner, here))]
}

/** @param {string | undefined} text */
const firstLine = (text) => text?.trim().split('\n')[0] ?? 'unknown error'
