// `npm run test:slow -- [--project int] [path…]`: tests on a machine that is slow at random (`slowDisk.mjs`), to find
// those that only pass when the machine is quick. `DHS_SLOW_STALL_MS=80` stalls the processor too.
import { join } from 'node:path'
import { ROOT, projectEnv, projectNode } from '../setup/places.mjs'
import { ownChildren, run } from '../setup/run.mjs'

const LIMIT_MS = 3_600_000
const preload = new URL('./slowDisk.mjs', import.meta.url).href

ownChildren()
const { code } = await run(
  projectNode() ?? process.execPath,
  [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)],
  { cwd: ROOT, env: { ...projectEnv(), NODE_OPTIONS: `--import ${preload}` }, live: true, limitMs: LIMIT_MS },
)
process.exitCode = code ?? 1
