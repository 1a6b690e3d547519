import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, projectNode } from './places.mjs'
import { run } from './run.mjs'

/** @typedef {{ packages?: Record<string, { version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }> }} Lock */

/**
 * Packages the lock file wants and the install lacks or has in another version. Optional ones may be absent.
 * @param {Lock} lock package-lock.json
 * @param {Lock} installed npm's own record, node_modules/.package-lock.json
 * @returns {string[]}
 */
export function missingPackages(lock, installed) {
  return Object.entries(lock.packages ?? {})
    .filter(([path, wanted]) => {
      if (path === '' || wanted.link === true) return false
      const found = installed.packages?.[path]
      if (found === undefined) return wanted.optional !== true && wanted.devOptional !== true
      return found.version !== wanted.version
    })
    .map(([path]) => path)
}

/** @param {string} path @returns {Lock} */
function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** npm as it was started, or the one on PATH. @returns {[string, ...string[]]} */
function npmCommand() {
  const script = process.env['npm_execpath']
  if (script?.endsWith('npm-cli.js') === true) return [process.execPath, script]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}

/** @param {string[]} args */
async function npm(args) {
  const [command, ...first] = npmCommand()
  const { code } = await run(command, [...first, ...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    live: true,
  })
  return code === 0
}

/**
 * Installs when node_modules is missing or older than the lock file.
 * @param {(line: string) => void} say
 * @returns {Promise<string | undefined>} why it could not, undefined when everything is there
 */
export async function ensureDependencies(say) {
  const lock = readLock(join(ROOT, 'package-lock.json'))
  const missing = missingPackages(lock, readLock(join(ROOT, 'node_modules', '.package-lock.json')))
  if (missing.length > 0) {
    say(`Installing dependencies (${missing.length} packages are missing or changed)…`)
    if (!(await npm(['ci'])))
      return 'npm ci failed: the reason is above. Check the network or the registry and run this again.'
  }
  if (projectNode() === undefined) {
    say('Installing the project’s own Node 24…')
    await npm(['rebuild', 'node', '--ignore-scripts=false'])
  }
  if (projectNode() === undefined)
    return 'The package "node" did not install Node 24: run "npm rebuild node" and read its output.'
  return undefined
}
