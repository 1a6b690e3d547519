import type { LeaseRef, ResultFrame } from '../../protocol/dsp/index.ts'
import { isErrorCode } from '../../protocol/errors/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Outcome } from './journal.ts'

/** Why a run was ended from outside, as the abort reason of its signal. */
export type StopCause =
  /** The person cancelled: the gateway waits for the answer. */
  | 'cancelled'
  /** Another lease is newer, or the task has ended: nobody waits. */
  | 'abandoned'
  /** This worker stops: the gateway shall queue the task again at once. */
  | 'handedBack'

export class RunStopped extends Error {
  readonly reason: StopCause
  constructor(reason: StopCause) {
    super(`run ${reason}`)
    this.name = 'RunStopped'
    this.reason = reason
  }
}

const MAX_MESSAGE_CHARACTERS = 4096

/** What a run that threw owes the gateway; undefined = nothing. */
export function outcomeOfFailure(thrown: unknown, engine: string): Outcome | undefined {
  if (thrown instanceof RunStopped) return outcomeOfStop(thrown.reason)
  const error = thrown instanceof AppError && isErrorCode(thrown.code) ? thrown : toEngineError(thrown)
  return {
    kind: 'failed',
    code: error.code,
    message: error.message.slice(0, MAX_MESSAGE_CHARACTERS),
    retryable: error.retryable,
    engine,
    ...(error.data === undefined ? {} : { data: { ...error.data } }),
  }
}

export function toResultFrame(ref: LeaseRef, outcome: Outcome): ResultFrame {
  const base = { type: 'gpu.job.result', version: '1.0', ...ref } as const
  switch (outcome.kind) {
    case 'succeeded':
      return { ...base, error: false, output: outcome.output, engine: outcome.engine }
    case 'cancelled':
      return { ...base, error: true, cancelled: true, error_code: 'TASK_CANCELLED', retryable: false }
    case 'removed':
      return { ...base, error: false }
    case 'failed':
      return {
        ...base,
        error: true,
        error_code: outcome.code,
        error_msg: outcome.message,
        retryable: outcome.retryable,
        ...(outcome.data === undefined ? {} : { error_data: outcome.data }),
        ...(outcome.engine === undefined ? {} : { engine: outcome.engine }),
      }
  }
}

function outcomeOfStop(reason: StopCause): Outcome | undefined {
  switch (reason) {
    case 'cancelled':
      return { kind: 'cancelled' }
    case 'abandoned':
      return undefined
    case 'handedBack':
      return { kind: 'failed', code: 'WORKER_LOST', message: 'the worker stopped during the run', retryable: true }
  }
}

function toEngineError(thrown: unknown): AppError {
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  return new AppError('ENGINE_FAILED', { message: detail, retryable: true, data: { detail: detail.slice(0, 500) } })
}
