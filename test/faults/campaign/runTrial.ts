import type { Violation } from '../auditor/evidence.ts'
import { NotReached } from '../catalogue/index.ts'
import type { FaultCase } from '../catalogue/index.ts'
import { createRandom } from '../rig/random.ts'
import { World } from '../rig/world.ts'

/** Which go of which fault. */
export interface TrialPlan {
  readonly fault: FaultCase
  readonly variant: string
  readonly index: number
  readonly seed: string
}

export type TrialOutcome =
  | { readonly kind: 'held' }
  | { readonly kind: 'notReached'; readonly why: string }
  | { readonly kind: 'violated'; readonly violations: readonly Violation[]; readonly folders: readonly string[] }

/** From a trial's begin to its verdict; the one limit, for `npm test` too. */
export const TRIAL_LIMIT_MS = 120_000

/** One trial, once. A trial that throws or hangs did not hold either. */
export async function runTrial(plan: TrialPlan): Promise<TrialOutcome> {
  const { fault, variant, index } = plan
  const random = createRandom(`${plan.seed}/${fault.id}/${variant}/${String(index)}`)
  const worlds: World[] = []
  const openWorld = async (options: Parameters<typeof World.open>[0] | object = {}): Promise<World> => {
    const world = await World.open({ ...options, random })
    worlds.push(world)
    return world
  }
  const { outcome, stop } = limited(fault.run({ variant, index, random, openWorld }))
  const result = await outcome.then(
    (violations): TrialOutcome =>
      violations.length === 0
        ? { kind: 'held' }
        : { kind: 'violated', violations, folders: worlds.map((world) => world.root) },
    (error: unknown): TrialOutcome => {
      if (error instanceof NotReached) return { kind: 'notReached', why: error.message }
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return {
        kind: 'violated',
        violations: [{ invariant: 'trial', what }],
        folders: worlds.map((world) => world.root),
      }
    },
  )
  stop()
  for (const world of worlds) await world.close(result.kind === 'violated')
  return result
}

function limited<T>(work: Promise<T>): { readonly outcome: Promise<T>; readonly stop: () => void } {
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    limit.reject(new Error(`the trial did not end within ${String(TRIAL_LIMIT_MS)} ms`))
  }, TRIAL_LIMIT_MS)
  return {
    outcome: Promise.race([work, limit.promise]),
    stop: () => {
      clearTimeout(timer)
    },
  }
}

/** Every trial of a fault in the order in which it runs. */
export function plansOf(fault: FaultCase, trials: number, seed: string): TrialPlan[] {
  const variants = fault.variants ?? ['']
  return Array.from({ length: trials }, (_, index) =>
    variants.map((variant) => ({ fault, variant, index, seed })),
  ).flat()
}
