// `npm test`: installs what tests need, runs every check and test, ends with one line over all of them.
import { ensureDependencies } from './setup/dependencies.mjs'
import { nodeProblem } from './setup/nodeVersion.mjs'
import { ownChildren } from './setup/run.mjs'
import { ensureTools } from './setup/tools.mjs'
import * as steps from './testing/steps.mjs'
import { checkTally, sum, summaryLine } from './testing/tally.mjs'

/** @param {string} line */
const say = (line) => console.log(line)

/** @param {steps.Step} step */
async function timed(step) {
  const startedMs = performance.now()
  const tally = await step.run()
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  say(`${tally.failed === 0 ? '✓' : '✗'} ${step.name}: ${summaryLine(tally)} (${seconds} s)`)
  return tally
}

/** One after the other. @param {readonly steps.Step[]} lane */
async function inTurn(lane) {
  const tallies = []
  for (const step of lane) tallies.push(await timed(step))
  return sum(tallies)
}

/** @type {steps.Step} */
const setupStep = {
  name: 'set-up',
  run: async () => {
    const problem = await ensureTools(['ffmpeg', 'chromium', 'cjkFonts', 'openssl'], say)
    if (problem !== undefined) say(problem)
    // Shows which files a program opens; where it cannot be had, the tests that look say that they are skipped.
    const untraceable = process.platform === 'linux' ? await ensureTools(['strace'], say) : undefined
    if (untraceable !== undefined) say(untraceable)
    return checkTally(`set-up: ${problem ?? ''}`, problem === undefined)
  },
}

/** @returns {Promise<import('./testing/tally.mjs').Tally>} */
async function runAll() {
  const problem = nodeProblem(process.versions.node) ?? (await ensureDependencies(say))
  if (problem !== undefined) return checkTally(`set-up: ${problem}`, false)
  const setup = await timed(setupStep)
  const checks = await Promise.all([
    inTurn([steps.lintStep, steps.graphStep]),
    inTurn([steps.formatStep, steps.typesStep, steps.unusedStep, steps.buildStep]),
  ])
  // Tests have both cores for themselves: they measure real sockets, children and time limits.
  const tests = await inTurn([steps.unitStep, steps.integrationStep, steps.browserStep, steps.electronStep])
  return sum([setup, ...checks, tests])
}

ownChildren()
const total = await runAll()
for (const failure of total.failures) say(`FAILED ${failure}`)
say(summaryLine(total))
process.exitCode = total.failed === 0 ? 0 : 1
