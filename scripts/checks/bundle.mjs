import { builtinModules } from 'node:module'
import { dirname, posix } from 'node:path'

export const FIRST_ROUTE_LIMIT_BYTES = 200 * 1024

const IMPORTED = /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*(['"`])([^'"`\n]+)\1/g

/** Specifiers a built chunk names, static or dynamic, ES or CommonJS. @param {string} code @returns {string[]} */
export function specifiersOf(code) {
  return [...new Set([...code.matchAll(IMPORTED)].map((match) => String(match[2])))]
}

/**
 * Every chunk a built entry pulls in, and every foreign module those name.
 * @param {string} entry chunk path with `/`, relative to the output folder
 * @param {(path: string) => string | undefined} read content of a chunk, undefined when there is none
 * @returns {{ chunks: string[], foreign: string[] }}
 */
function reachOf(entry, read) {
  const chunks = new Set([entry])
  const foreign = new Set()
  for (const path of chunks) {
    const code = read(path)
    if (code === undefined) throw new Error(`${path} is missing from the bundle`)
    for (const specifier of specifiersOf(code)) {
      const target = posix.normalize(posix.join(dirname(path), specifier))
      if (!specifier.startsWith('.')) foreign.add(specifier)
      else if (read(target) !== undefined) chunks.add(target)
    }
  }
  return { chunks: [...chunks], foreign: [...foreign] }
}

/**
 * Why a utility bundle would not run as a plain Node program; empty when it would.
 * @param {string} entry
 * @param {(path: string) => string | undefined} read
 * @returns {string[]}
 */
export function utilityProblems(entry, read) {
  const { chunks, foreign } = reachOf(entry, read)
  const problems = []
  if (chunks.includes('index.js')) problems.push(`${entry} pulls in the main process chunk index.js`)
  if (foreign.some((name) => /^electron(\/|-log|-updater|$)/.test(name))) problems.push(`${entry} requires electron`)
  return problems
}

/**
 * Names of fault points that a bundle still holds: their calls belong to tests alone.
 * @param {string} source the module that names them
 * @param {readonly (readonly [path: string, code: string])[]} chunks
 * @returns {string[]}
 */
export function faultPointProblems(source, chunks) {
  const names = [...source.matchAll(/^ {2}'([a-z]+\.[a-z_]+)',$/gm)].map((match) => String(match[1]))
  if (names.length === 0) return ['no fault point is named any more: this check looks for nothing']
  return chunks.flatMap(([path, code]) =>
    names.filter((name) => code.includes(name)).map((name) => `${path} holds the fault point ${name}`),
  )
}

/** Why a sandboxed preload would not load; empty when it would. @param {string} code @returns {string[]} */
export function preloadProblems(code) {
  const allowed = new Set(['electron', 'events', 'timers', 'url', 'node:events', 'node:timers', 'node:url'])
  const isModule = (/** @type {string} */ name) => /^\.|^node:/.test(name) || builtinModules.includes(name)
  const refused = specifiersOf(code).filter((name) => isModule(name) && !allowed.has(name))
  const problems = refused.map((name) => `the preload requires ${name}, which a sandboxed preload cannot`)
  if (/\bZodError\b/.test(code)) problems.push('the preload carries zod: import only types and names of the contract')
  return problems
}

/**
 * Files the first page loads: the page's entry, the route named by `firstRoute`, and all they import statically.
 * @param {Record<string, { file: string, isEntry?: boolean, imports?: string[] }>} manifest Vite's manifest
 * @param {RegExp} firstRoute matches the manifest key of the first page's lazy chunk
 * @returns {string[]}
 */
export function firstRouteFiles(manifest, firstRoute) {
  const keys = new Set(Object.keys(manifest).filter((key) => manifest[key]?.isEntry === true || firstRoute.test(key)))
  for (const key of keys) for (const imported of manifest[key]?.imports ?? []) keys.add(imported)
  return [...new Set([...keys].map((key) => manifest[key]?.file ?? ''))].filter((file) => file.endsWith('.js'))
}
