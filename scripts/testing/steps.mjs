import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from '../setup/build.mjs'
import { electronBinary, hasDisplay } from '../setup/electron.mjs'
import { ROOT, projectEnv, projectNode } from '../setup/places.mjs'
import { run } from '../setup/run.mjs'
import { checkTally, emptyTally, listedTests, playwrightTally, vitestTally, withExit } from './tally.mjs'

/** @typedef {import('./tally.mjs').Tally} Tally */
/** @typedef {{ name: string, run: () => Promise<Tally> }} Step */

const CHECK_LIMIT_MS = 240_000
const TESTS_LIMIT_MS = 600_000
const REPORTS = join(ROOT, 'node_modules/.cache/dhs')

/** @param {readonly string[]} args @param {{ live?: boolean, limitMs?: number, env?: NodeJS.ProcessEnv }} [options] */
function tool([script = '', ...args], options = {}) {
  const env = { ...projectEnv(), ...options.env }
  const node = projectNode() ?? process.execPath
  return run(node, [join(ROOT, 'node_modules', script), ...args], { ...options, cwd: ROOT, env })
}

/** @param {string} name @param {string} script @param {...string} args @returns {Step} */
function check(name, script, ...args) {
  return {
    name,
    run: async () => {
      const { code, output, isTimeout } = await tool([script, ...args], { limitMs: CHECK_LIMIT_MS })
      if (code !== 0) console.log(`\n── ${name} ──\n${output}${isTimeout ? 'took too long and was ended\n' : ''}`)
      return checkTally(name, code === 0)
    },
  }
}

/** @param {string} path */
function freshReport(path) {
  mkdirSync(dirname(path), { recursive: true })
  rmSync(path, { force: true })
}

/** @template T @param {string} path @returns {T | undefined} */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // The runner died before it could write: its exit is the finding.
    return undefined
  }
}

export const formatStep = check('format', 'prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')
// Without its cache: a file's findings also change with the types of what it imports.
export const lintStep = check('lint', 'eslint/bin/eslint.js', '.')
export const graphStep = check(
  'layer graph',
  'dependency-cruiser/bin/dependency-cruiser.mjs',
  ...['--config', '.dependency-cruiser.cjs', '{src,test,bench,e2e,scripts,bin}/**/*.{ts,tsx,mjs,js}'],
)
export const unusedStep = check('dead code', 'knip/bin/knip.js')
export const typesStep = check('types', 'typescript/bin/tsc', '-b')

/** @type {Step} */
export const buildStep = {
  name: 'build',
  run: async () => {
    const { ok, output } = await build()
    console.log(ok ? output.trimEnd().split('\n').at(-1) : `\n── build ──\n${output}`)
    return checkTally('build', ok)
  },
}

/** @param {string} name @param {...string} args @returns {Step} */
function vitest(name, ...args) {
  return {
    name,
    run: async () => {
      const path = join(REPORTS, `vitest-${name}.json`)
      freshReport(path)
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`]
      const { code } = await tool(['vitest/vitest.mjs', 'run', ...reporters, ...args], {
        live: true,
        limitMs: TESTS_LIMIT_MS,
      })
      /** @type {import('./tally.mjs').VitestReport | undefined} */
      const report = readReport(path)
      return withExit(name, report === undefined ? emptyTally() : vitestTally(report), code === 0)
    },
  }
}

// Unit tests open nothing that outlives them, so a leaked timer or handle is a failure.
const LEAKS_FAIL = ['--detectAsyncLeaks', '--reporter=./scripts/testing/leakReporter.mjs']
export const unitStep = vitest('unit tests', '--project=unit', ...LEAKS_FAIL)
export const integrationStep = vitest(
  'page and integration tests',
  ...['--project=renderer', '--project=simulation', '--project=int'],
)

/** @param {string} report @param {boolean} live @param {...string} args */
async function playwright(report, live, ...args) {
  const path = join(REPORTS, report)
  freshReport(path)
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: path }
  const reporter = live ? '--reporter=list,json' : '--reporter=json'
  const options = { live, limitMs: TESTS_LIMIT_MS, env }
  const { code } = await tool(['@playwright/test/cli.js', 'test', reporter, ...args], options)
  /** @type {import('./tally.mjs').PlaywrightReport | undefined} */
  const read = readReport(path)
  return { code, read }
}

/** @type {Step} */
export const browserStep = {
  name: 'browser tests',
  run: async () => {
    const { code, read } = await playwright('browser.json', true, '--project=browser')
    return withExit('browser tests', read === undefined ? emptyTally() : playwrightTally(read), code === 0)
  },
}

/** @type {Step} */
export const electronStep = {
  name: 'electron tests',
  run: async () => {
    const reason = electronSkipReason()
    if (reason === undefined) {
      const { code, read } = await playwright('electron.json', true, '--project=electron', '--pass-with-no-tests')
      const tally = read === undefined ? emptyTally() : playwrightTally(read)
      return code === 0 ? tally : withExit('electron tests', tally, false)
    }
    const { read } = await playwright('electron.json', false, '--project=electron', '--list', '--pass-with-no-tests')
    const count = read === undefined ? 0 : listedTests(read)
    console.log(`electron tests: ${count} skipped: ${reason}`)
    return { ...emptyTally(), skipped: count }
  },
}

/** @returns {string | undefined} */
function electronSkipReason() {
  if (electronBinary() === undefined) return 'no Electron binary'
  return hasDisplay(process.platform, process.env) ? undefined : 'no display'
}
