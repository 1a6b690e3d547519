import type { Job } from '../../protocol/dsp/index.ts'
import { DELETE_ASSET, neededFeatures } from '../../protocol/task/index.ts'
import type { Outcome } from './journal.ts'

/** What the runner knows when a job arrives. */
export interface RunnerView {
  readonly taskTypes: readonly string[]
  /** Of its engine. */
  readonly features: readonly string[]
  readonly freeSlots: number
  /** So many results wait to be taken by the gateway that no more shall be made. */
  readonly isBehind: boolean
  readonly isDraining: boolean
  /** Undefined when the engine can run. */
  readonly notReadyReason: string | undefined
  /** Epoch under which the job's task runs here now. */
  readonly runningEpoch: number | undefined
  /** Result of the job's task that is still owed. */
  readonly owed: { readonly epoch: number; readonly outcome: Outcome } | undefined
}

export interface Rejection {
  readonly reason: string
  /** False: this worker will never take it. */
  readonly retryable: boolean
  /** Where the reason is one that the gateway acts on. */
  readonly code?: 'OPTION_UNSUPPORTED'
}

export type JobDecision =
  /** Accept and run. */
  | { readonly kind: 'run' }
  /** It runs already: accept, and go on under the newer lease. */
  | { readonly kind: 'goOn' }
  /** It ran already: accept, and answer from the journal. */
  | { readonly kind: 'answer' }
  | ({ readonly kind: 'reject' } & Rejection)
  /** An old frame; the newer lease is here. */
  | { readonly kind: 'ignore' }

/** Pure: what to do with one job. Work already done, or being done, is never done again. */
export function decideJob(job: Pick<Job, 'epoch' | 'task_type' | 'options'>, view: RunnerView): JobDecision {
  if (view.runningEpoch !== undefined) return job.epoch < view.runningEpoch ? { kind: 'ignore' } : { kind: 'goOn' }
  if (view.owed !== undefined) {
    if (job.epoch < view.owed.epoch) return { kind: 'ignore' }
    // A failed try that comes again is meant to be tried again; the same lease again only asks for the answer.
    if (view.owed.outcome.kind === 'succeeded' || job.epoch === view.owed.epoch) return { kind: 'answer' }
  }
  if (!view.taskTypes.includes(job.task_type)) return reject(`TASK_TYPE_UNKNOWN ${job.task_type}`, false)
  // An option that is silently left out would be a wrong result.
  const missing = neededFeatures(job.options).find((feature) => !view.features.includes(feature))
  if (missing !== undefined) return { ...reject(`OPTION_UNSUPPORTED ${missing}`, false), code: 'OPTION_UNSUPPORTED' }
  if (view.isDraining) return reject('the worker is draining')
  // Files can be removed whatever the engine says, and without a slot.
  if (job.task_type === DELETE_ASSET) return { kind: 'run' }
  if (view.notReadyReason !== undefined) return reject(`ENGINE_NOT_READY ${view.notReadyReason}`)
  if (view.isBehind) return reject('too many results wait for the gateway to take them')
  if (view.freeSlots <= 0) return reject('no free slot')
  return { kind: 'run' }
}

function reject(reason: string, retryable = true): Extract<JobDecision, { readonly kind: 'reject' }> {
  return { kind: 'reject', reason, retryable }
}
