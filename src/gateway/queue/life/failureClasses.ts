import { errorEntry, isErrorCode } from '../../../protocol/errors/index.ts'
import { fullJitterMs } from '../../../shared/index.ts'
import { fail, retry, withWord, wordsOf } from './moves.ts'
import type { Move, MoveContext } from './moves.ts'
import type { TaskFailure } from '../port.ts'
import type { TaskRow } from './taskRow.ts'

/**
 * What a failed run means for the next: `again` counts as an attempt · `once` is tried a second time only ·
 * `uncounted` was refused by the engine for now · `handed_back` its worker was switched off in good order · `never`.
 */
export type FailureClass = 'again' | 'once' | 'uncounted' | 'handed_back' | 'never'

/** What the catalogue's "the same request can succeed later" does not say. */
const SPECIAL: Readonly<Record<string, FailureClass | 'as_told'>> = {
  RATE_LIMITED: 'uncounted',
  GPU_OOM: 'once',
  WORKER_LOST: 'handed_back',
  // The worker's own trouble, not the task's: another worker, or the same one later, can do it.
  DISK_FULL: 'again',
  SHUTTING_DOWN: 'again',
  // An engine's error in its own words: only its adapter knows whether a second try makes sense.
  ENGINE_FAILED: 'as_told',
  FFMPEG_FAILED: 'as_told',
  INTERNAL: 'as_told',
}

const OVERLOADS: ReadonlySet<string> = new Set(['RATE_LIMITED', 'GPU_OOM'])

/** It says that its server was asked for too much at once. */
export function isOverload(code: string): boolean {
  return OVERLOADS.has(code)
}

/** The one table of failure codes. For a code we know, the worker's own word does not count. */
export function failureClass(code: string, isRetryableToWorker: boolean): FailureClass {
  const special = Object.hasOwn(SPECIAL, code) ? SPECIAL[code] : undefined
  if (special !== undefined && special !== 'as_told') return special
  const isRetryable = special === undefined && isErrorCode(code) ? errorEntry(code).retryable : isRetryableToWorker
  return isRetryable ? 'again' : 'never'
}

/** The next step after a failed run: another try after a back-off with full jitter, or the end. */
export function afterFailure(row: TaskRow, failure: TaskFailure, kind: FailureClass, context: MoveContext): Move {
  const { timings, random } = context
  const retriedOnce = row.retried_once
  switch (kind) {
    case 'never':
      return fail(row, failure, context)
    case 'uncounted': {
      const backoffMs = fullJitterMs(timings.limitedBackoff, row.limited, random)
      // A try that the engine refused to begin renews no waiting time: rate limits for ever are an end, too.
      const uncounted = { attempts: row.attempts - 1, limited: row.limited + 1, renewsWait: false }
      return retry(row, failure, { ...uncounted, backoffMs, retriedOnce }, context)
    }
    case 'handed_back': {
      // A worker that hands back whatever it gets must not run a task for ever.
      if (row.limited >= timings.freeHandBacks) return again(row, failure, retriedOnce, context)
      const uncounted = { attempts: row.attempts - 1, limited: row.limited + 1, renewsWait: true }
      return retry(row, failure, { ...uncounted, backoffMs: timings.releaseMs, retriedOnce }, context)
    }
    case 'once':
      if (wordsOf(retriedOnce).includes(failure.code)) return fail(row, failure, context)
      return again(row, failure, withWord(retriedOnce, failure.code), context)
    case 'again':
      return again(row, failure, retriedOnce, context)
  }
}

function again(row: TaskRow, failure: TaskFailure, retriedOnce: string, context: MoveContext): Move {
  const { timings, random } = context
  if (row.attempts >= timings.maxAttempts) return fail(row, failure, context)
  const backoffMs = fullJitterMs(timings.retryBackoff, row.attempts - 1, random)
  const counted = { attempts: row.attempts, limited: 0, renewsWait: true }
  return retry(row, failure, { ...counted, backoffMs, retriedOnce }, context)
}
