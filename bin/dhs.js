#!/usr/bin/env node
// The command line's door: any Node from 20 on starts it, the project's own Node 24 runs it.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { diesWithLauncher } from '../scripts/setup/lifeline.mjs'
import { PROJECT_NODE_MAJOR, majorOf, nodeProblem } from '../scripts/setup/nodeVersion.mjs'
import { passThrough } from '../scripts/setup/passThrough.mjs'
import { ROOT, projectNode } from '../scripts/setup/places.mjs'

const self = fileURLToPath(import.meta.url)
const cli = new URL('../src/cli/index.ts', import.meta.url)

/** @param {string} sentence */
function refuse(sentence) {
  console.error(`dhs: ${sentence}`)
  process.exitCode = 1
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
  await import(cli.href)
}

await run()
