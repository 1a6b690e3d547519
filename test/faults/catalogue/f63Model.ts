import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { found } from '../auditor/violations.ts'
import type { FaultCase } from './fault.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const MODEL = 'src/gateway/queue/sqliteQueue.model.test.ts'
const LIMIT_MS = 3_600_000

export const randomSequences: FaultCase = {
  id: 'F63',
  title: 'random sequences of everything against a model of the queue',
  trials: { commit: 300, night: 3_000, release: 10_000 },
  // `npm test` runs the model test itself.
  sample: 0,
  run: () => Promise.resolve([]),
  async runAll(trials, seed) {
    const vitest = resolve(ROOT, 'node_modules/vitest/vitest.mjs')
    const modelSeed = createHash('sha256').update(seed).digest().readInt32LE(0)
    const ended = spawnSync(process.execPath, [vitest, 'run', '--project', 'simulation', MODEL], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: LIMIT_MS,
      env: { ...process.env, DHS_MODEL_RUNS: String(trials), DHS_MODEL_SEED: String(modelSeed) },
    })
    if (ended.status === 0) return []
    return [found('F63', `the model and the queue differ:\n${`${ended.stdout}${ended.stderr}`.slice(-3_000)}`)]
  },
}
