import { describe, it } from 'vitest'
import { checkQueueModel } from './contract/queueModel.ts'
import { openTestQueue } from './contract/openTestQueue.ts'

/** More than in every test run, with a seed to repeat it: `DHS_MODEL_RUNS=3000 DHS_MODEL_SEED=… npx vitest run …`. */
const RUNS = Number(process.env['DHS_MODEL_RUNS'] ?? 300)
const SEED = process.env['DHS_MODEL_SEED']

describe('SqliteQueue under any order of events', () => {
  it(`keeps its promises in ${String(RUNS)} sequences`, { timeout: 60_000 + RUNS * 1000 }, async () => {
    await checkQueueModel(openTestQueue, RUNS, SEED === undefined ? undefined : Number(SEED))
  })
})
