import fc from 'fast-check'
import { describe, it } from 'vitest'
import { DispatchModel, MODEL_OPTIONS, MODEL_WORKERS } from '../testing/dispatchModel.ts'
import type { ModelStep } from '../testing/dispatchModel.ts'

const RUNS = Number(process.env['DHS_MODEL_RUNS'] ?? 300)
const SEED = process.env['DHS_MODEL_SEED']

const worker = fc.nat(MODEL_WORKERS.length - 1)
const onWorker = fc.constantFrom(
  'connect',
  'cut',
  'accept',
  'finish',
  'overload',
  'reject',
  'refuse',
  'crash',
  'drain',
  'resume',
)

const step: fc.Arbitrary<ModelStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      tenant: fc.nat(2),
      options: fc.nat(MODEL_OPTIONS.length - 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('accept' as const, 'finish' as const), worker }) },
  { weight: 6, arbitrary: fc.record({ kind: onWorker, worker }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), task: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('strategy' as const), name: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 5, 12, 40),
      beats: fc.boolean(),
    }),
  },
)

describe('dispatch under any order of events', () => {
  it(
    `holds what the store holds, and ends everything, in ${String(RUNS)} sequences`,
    { timeout: 60_000 + RUNS * 2_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const model = new DispatchModel()
          try {
            for (const one of steps) await model.take(one)
            const left = await model.heal()
            if (left.length > 0) throw new Error(`never ended: ${left.join(', ')}`)
          } finally {
            await model.at.close()
          }
        }),
        { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
      )
    },
  )
})
