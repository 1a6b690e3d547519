import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, projectEnv, projectNode } from './places.mjs'
import { run } from './run.mjs'
import { fingerprint, isStale, writeStamp } from './stale.mjs'

const INPUTS = [
  'src',
  'scripts/vite',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
]
const STAMP = join(ROOT, 'out', '.inputs')
const LIMIT_MS = 300_000

/** Builds and checks the bundle. @returns {Promise<{ ok: boolean, output: string }>} */
export async function build() {
  const current = fingerprint(ROOT, INPUTS)
  rmSync(STAMP, { force: true })
  const options = { cwd: ROOT, env: projectEnv(), limitMs: LIMIT_MS }
  const node = projectNode() ?? process.execPath
  const bundle = await run(node, ['node_modules/electron-vite/bin/electron-vite.js', 'build'], options)
  if (bundle.code !== 0) return { ok: false, output: bundle.output }
  const check = await run(node, ['scripts/check-bundle.mjs'], options)
  if (check.code === 0) writeStamp(STAMP, current)
  return { ok: check.code === 0, output: bundle.output + check.output }
}

/** Whether the sources changed since the last good build. */
function isBuildStale() {
  return !existsSync(join(ROOT, 'out', 'renderer', 'index.html')) || isStale(STAMP, fingerprint(ROOT, INPUTS))
}

/** Builds when stale. @param {(line: string) => void} say @returns {Promise<string | undefined>} why it could not */
export async function ensureBuild(say) {
  if (!isBuildStale()) return undefined
  say('Building…')
  const { ok, output } = await build()
  return ok ? undefined : `The build failed:\n${output}`
}
