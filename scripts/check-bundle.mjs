// Checks what the build made: utility programs stand alone, the preload fits the sandbox, the first page is small.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  FIRST_ROUTE_LIMIT_BYTES,
  faultPointProblems,
  firstRouteFiles,
  preloadProblems,
  utilityProblems,
} from './checks/bundle.mjs'

const UTILITIES = ['studio.js', 'gateway.js', 'worker.js']
const FIRST_ROUTE = /(^|\/)pages\/compose\//i

const out = resolve(import.meta.dirname, '..', 'out')

/** @param {string} path */
const readMain = (path) => {
  const file = join(out, 'main', path)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

const manifest = JSON.parse(readFileSync(join(out, 'renderer/manifest.json'), 'utf8'))
const firstRouteBytes = firstRouteFiles(manifest, FIRST_ROUTE)
  .map((file) => gzipSync(readFileSync(join(out, 'renderer', file))).length)
  .reduce((sum, bytes) => sum + bytes, 0)

/** @type {(readonly [string, string])[]} */
const chunks = readdirSync(out, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.c?js$/.test(path))
  .map((path) => [path, readFileSync(join(out, path), 'utf8')])
const faultPoints = readFileSync(resolve(out, '../src/shared/faults/faultPoints.ts'), 'utf8')

const problems = [
  ...faultPointProblems(faultPoints, chunks),
  ...UTILITIES.flatMap((entry) => utilityProblems(entry, readMain)),
  ...preloadProblems(readFileSync(join(out, 'preload/index.cjs'), 'utf8')),
]
if (firstRouteBytes > FIRST_ROUTE_LIMIT_BYTES) problems.push('the first page is over its limit of JavaScript')

const kib = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(1)} KiB`
console.log(`first page: ${kib(firstRouteBytes)} of JavaScript, gzipped (limit ${kib(FIRST_ROUTE_LIMIT_BYTES)})`)
for (const problem of problems) console.error(`bundle: ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1
