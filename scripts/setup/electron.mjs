import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT, projectEnv, projectNode } from './places.mjs'
import { run } from './run.mjs'

const DOWNLOAD_LIMIT_MS = 120_000
const FAILURE_KNOWN_MS = 24 * 3_600_000
const FAILED = join(ROOT, 'node_modules/.cache/dhs/electron-download-failed')

/** The Electron executable, if its download happened. @returns {string | undefined} */
export function electronBinary() {
  const folder = join(ROOT, 'node_modules/electron')
  const named = join(folder, 'path.txt')
  if (!existsSync(named)) return undefined
  const binary = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), readFileSync(named, 'utf8'))
  return existsSync(binary) ? binary : undefined
}

function isFailureKnown() {
  return existsSync(FAILED) && Date.now() - statSync(FAILED).mtimeMs < FAILURE_KNOWN_MS
}

/** The binary, downloaded within a time limit when missing; a failure is remembered for a day. @param {(line: string) => void} say */
export async function fetchElectron(say) {
  const present = electronBinary()
  if (present !== undefined || isFailureKnown()) return present
  say('Downloading Electron…')
  const script = join(ROOT, 'node_modules/electron/install.js')
  const options = { cwd: ROOT, env: projectEnv(), limitMs: DOWNLOAD_LIMIT_MS }
  await run(projectNode() ?? process.execPath, [script], options)
  if (electronBinary() === undefined) {
    mkdirSync(dirname(FAILED), { recursive: true })
    writeFileSync(FAILED, '')
  }
  return electronBinary()
}

/** @param {NodeJS.Platform} platform @param {NodeJS.ProcessEnv} env */
export function hasDisplay(platform, env) {
  return platform !== 'linux' || Boolean(env['DISPLAY']) || Boolean(env['WAYLAND_DISPLAY'])
}

/**
 * Why the app cannot open in Electron before its binary is even looked for; undefined when it can.
 * @param {{ wantsWeb: boolean, hasDisplay: boolean, isLinuxRoot: boolean }} facts
 * @returns {string | undefined}
 */
export function webReason(facts) {
  if (facts.wantsWeb) return '--web was given'
  if (!facts.hasDisplay) return 'there is no display'
  if (facts.isLinuxRoot) return 'Electron keeps its sandbox and does not run as root'
  return undefined
}
