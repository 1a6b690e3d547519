import fc from 'fast-check'
import { expect } from 'vitest'
import { asks, refOf, SUCCESS } from './fixture.ts'
import type { OpenQueue } from './fixture.ts'
import { checkInvariants } from './modelChecks.ts'
import { failedWrites } from './modelFailures.ts'
import { ASKED_KINDS, modelSteps, TENANTS, WORKERS } from './modelSteps.ts'
import { newModel } from './onlooker.ts'
import type { Real } from './onlooker.ts'

/** So few tasks of a lane are counted one by one that most places of a model's queue are measured. */
const FEW_COUNTED = 1

/**
 * Random sequences of everything that clients, workers, operators, clocks, restarts and failing disks do, against what
 * must hold after each step and in the end (I10).
 */
export async function checkQueueModel(open: OpenQueue, runs: number, seed?: number): Promise<void> {
  const steps = [...modelSteps(checkInvariants), ...failedWrites(checkInvariants)]
  const sequence = fc.commands(steps, { maxCommands: 60, size: 'max' })
  const property = fc.asyncProperty(fc.boolean(), sequence, async (isMeasured, commands) => {
    const real: Real = { ...(await open(12, isMeasured ? FEW_COUNTED : undefined)) }
    const model = newModel(TENANTS, isMeasured)
    try {
      await fc.asyncModelRun(() => ({ model, real }), commands)
      await expectLiveness(real)
    } finally {
      await real.close()
    }
  })
  await fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
}

/** I10: with workers that do their work, everything that is left comes to an end. */
async function expectLiveness({ queue, clock, timings }: Real): Promise<void> {
  await queue.setPaused(false)
  for (let round = 0; round < 40; round++) {
    clock.advance(timings.retryBackoff.capMs)
    await queue.reap()
    for (const workerId of WORKERS) {
      const leases = await queue.lease(asks({ workerId, kinds: ASKED_KINDS, credit: 10 }))
      for (const lease of leases) await queue.settle(refOf(lease), workerId, SUCCESS)
    }
  }
  const { byState } = await queue.statistics()
  expect(byState).toMatchObject({ queued: 0, leased: 0, running: 0, cancelling: 0 })
}
