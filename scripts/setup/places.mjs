import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The checkout. */
export const ROOT = resolve(import.meta.dirname, '..', '..')

const IS_WINDOWS = process.platform === 'win32'

/** The project's own Node 24, installed by the npm package `node`; undefined before the install. */
export function projectNode() {
  const path = join(ROOT, 'node_modules', 'node', 'bin', IS_WINDOWS ? 'node.exe' : 'node')
  return existsSync(path) ? path : undefined
}

/** Environment whose `node` and tools are the project's own. @returns {NodeJS.ProcessEnv} */
export function projectEnv() {
  const bin = join(ROOT, 'node_modules', '.bin')
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  return { ...process.env, [key]: `${bin}${IS_WINDOWS ? ';' : ':'}${process.env[key] ?? ''}` }
}
