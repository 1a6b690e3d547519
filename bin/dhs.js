#!/usr/bin/env node
// The command line's door: any Node from 20 on starts it, the project's own Node 24 runs it.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { diesWithLauncher } from '../scripts/setup/lifeline.mjs'
import { PROJECT_NODE_MAJOR, majorOf, nodeProblem } from '../scripts/setup/nodeVersion.mjs'
import { passThrough } from '../scripts/setup/passThrough.mjs'
import { ROOT, projectNode } from '../scripts/setup/places.mjs'

const self = fileURLToPath(import.meta.url)
const compiled = join(ROOT, 'node_modules', '.cache', 'compiled')
const cli = new URL('../src/cli/index.ts', import.meta.url)

/** @param {string} sentence */
function refuse(sentence) {
  console.error(`dhs: ${sentence}`)
  process.exitCode = 1
}

/** Sources are stripped of their types and compiled once, not at each start; the embedded parts take it over. */
function keepCompiled() {
  // In the checkout, never in the shared temporary folder: what lies there is run.
  const { directory } = module.enableCompileCache(compiled)
  if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= compiled
}

async function run() {
  const node = projectNode()
  const problem = nodeProblem(process.versions.node)
  if (problem !== undefined) return refuse(problem)
  if (node === undefined) return refuse(`dependencies are not installed. Run "npm start" or "npm ci" in ${ROOT}`)
  if (majorOf(process.versions.node) < PROJECT_NODE_MAJOR) {
    process.exitCode = await passThrough(node, [self, ...process.argv.slice(2)])
    return
  }
  if (!existsSync(cli)) return refuse(`${fileURLToPath(cli)} is missing: this checkout is not complete`)
  diesWithLauncher()
  keepCompiled()
  await import(cli.href)
}

await run()
