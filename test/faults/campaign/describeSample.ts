import { beforeAll, describe, expect, it } from 'vitest'
import { plansOf, runTrial, TRIAL_LIMIT_MS } from './runTrial.ts'
import type { TrialPlan } from './runTrial.ts'
import { CATALOGUE } from '../catalogue/index.ts'
import type { FaultCase } from '../catalogue/index.ts'
import { bundleEntries } from '../rig/entries.ts'
import { createRandom } from '../rig/random.ts'

/** The same schedule each time; the whole columns are `npm run test:faults`. */
const SEED = process.env['DHS_FAULTS_SEED'] ?? 'sample'
/** `runTrial` ends a trial, and then its processes: what runs on would disturb the next one. */
const CLOSE_LIMIT_MS = 30_000

/** A few trials of a fault, of different variants where it has any. */
function sampleOf(fault: FaultCase): TrialPlan[] {
  const count = fault.sample ?? 1
  const plans = plansOf(fault, Math.ceil(count / (fault.variants?.length ?? 1)), SEED)
  const random = createRandom(`${SEED}/${fault.id}`)
  while (plans.length > count) plans.splice(random.between(0, plans.length - 1), 1)
  return plans
}

/** The sample of the faults of these ids, both included, as tests of the file that calls it. */
export function describeSample(first: string, last: string): void {
  describe(`a sample of the fault campaign, ${first} to ${last}`, () => {
    beforeAll(async () => {
      await bundleEntries()
    })

    for (const fault of CATALOGUE) if (fault.id >= first && fault.id <= last && fault.sample !== 0) describeFault(fault)
  })
}

function describeFault(fault: FaultCase): void {
  const missing = fault.missing?.()
  if (missing !== undefined) process.stderr.write(`skipped, ${missing}: ${fault.id}\n`)
  describe.skipIf(missing !== undefined)(`${fault.id} ${fault.title}`, () => {
    for (const plan of sampleOf(fault)) {
      const name = `${plan.variant === '' ? 'trial' : plan.variant} ${String(plan.index)}, seed ${SEED}`
      it(name, { timeout: TRIAL_LIMIT_MS + CLOSE_LIMIT_MS }, async ({ skip }) => {
        const outcome = await runTrial(plan)
        if (outcome.kind === 'notReached') {
          // Said, and not counted as held; reporters leave the reason out.
          process.stderr.write(`skipped, not reached (${outcome.why}): ${fault.id} ${name}\n`)
          skip()
        }
        expect(outcome).toEqual({ kind: 'held' })
      })
    }
  })
}
