import type { FaultCase } from '../catalogue/index.ts'
import { plansOf, runTrial } from './runTrial.ts'
import type { TrialOutcome, TrialPlan } from './runTrial.ts'

export interface FailedTrial {
  readonly variant: string
  readonly index: number
  readonly violations: readonly { readonly invariant: string; readonly what: string }[]
  readonly folders: readonly string[]
}

export interface FaultResult {
  readonly id: string
  readonly title: string
  readonly planned: number
  readonly held: number
  readonly failed: readonly FailedTrial[]
  /** Trials whose schedule did not get to the fault, by variant and cause. */
  readonly notReached: Readonly<Record<string, number>>
  readonly seconds: number
  /** Why none was run. */
  readonly missing: string | null
}

export interface CampaignOptions {
  readonly faults: readonly FaultCase[]
  readonly trialsOf: (fault: FaultCase) => number
  readonly seed: string
  /** Trials at the same time. */
  readonly jobs: number
  /** Only this one of each variant. */
  readonly index?: number | undefined
  readonly onFailure: (plan: TrialPlan, outcome: Extract<TrialOutcome, { kind: 'violated' }>) => void
  readonly onFault: (result: FaultResult) => void
}

export async function runCampaign(options: CampaignOptions): Promise<readonly FaultResult[]> {
  const results: FaultResult[] = []
  for (const fault of options.faults) {
    const result = await runFault(fault, options)
    options.onFault(result)
    results.push(result)
  }
  return results
}

async function runFault(fault: FaultCase, options: CampaignOptions): Promise<FaultResult> {
  const startedMs = performance.now()
  const missing = fault.missing?.() ?? null
  const plans = plansOf(fault, options.trialsOf(fault), options.seed).filter(
    (plan) => options.index === undefined || plan.index === options.index,
  )
  const failed: FailedTrial[] = []
  const notReached: Record<string, number> = {}
  let held = 0
  const waiting = missing === null ? [...plans] : []
  if (missing === null && fault.runAll !== undefined) {
    const violations = await fault.runAll(plans.length, options.seed)
    waiting.length = 0
    if (violations.length === 0) held = plans.length
    else failed.push({ variant: '', index: 0, violations, folders: [] })
  }
  const lane = async (): Promise<void> => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      const outcome = await runTrial(plan)
      const { variant, index } = plan
      if (outcome.kind === 'held') held += 1
      else if (outcome.kind === 'notReached') {
        const why = [...new Set([variant, outcome.why])].filter((word) => word !== '').join(': ')
        notReached[why] = (notReached[why] ?? 0) + 1
      } else {
        failed.push({ variant, index, violations: outcome.violations, folders: outcome.folders })
        options.onFailure(plan, outcome)
      }
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, lane))
  const seconds = (performance.now() - startedMs) / 1000
  const { id, title } = fault
  return { id, title, planned: plans.length, held, failed, notReached, seconds, missing }
}
