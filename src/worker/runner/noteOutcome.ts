import { rm } from 'node:fs/promises'
import type { Job } from '../../protocol/dsp/index.ts'
import { delay, equalJitterMs } from '../../shared/index.ts'
import type { BackoffPolicy, Clock } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { Journal, Outcome } from './journal.ts'
import { RunStopped } from './outcome.ts'

export interface NoteDeps {
  readonly journal: Pick<Journal, 'adopt' | 'spool'>
  readonly clock: Clock
  readonly log: Logger
  readonly spoolPath: (taskId: string) => string
}

export interface EndedRun {
  /** Under its newest lease. */
  readonly jobNow: () => Job
  /** Aborts when nobody waits for the run any more, or when this worker stops. */
  readonly signal: AbortSignal
}

const AGAIN: BackoffPolicy = { baseMs: 1_000, factor: 2, capMs: 30_000 }

/**
 * Writes down how a run ended, again and again where the disk does not take it: the run is held meanwhile (`onHeld`).
 * False when it was given up: then nothing of it is left, and its lease runs out.
 */
export async function noteOutcome(
  deps: NoteDeps,
  run: EndedRun,
  outcome: Outcome,
  onHeld: () => void,
): Promise<boolean> {
  const { journal, log, clock } = deps
  const { signal } = run
  for (let attempt = 0; ; attempt += 1) {
    const job = run.jobNow()
    const taskId = job.task_id
    // After this there is no further try: whoever ends a run waits for it.
    const isLast = signal.aborted
    const owed = isCancelled(signal) ? ({ kind: 'cancelled' } as const) : outcome
    try {
      // It may have got a newer lease while it was held, and the note of that may have failed as well.
      if (attempt > 0) journal.adopt(job)
      journal.spool(taskId, owed)
      if (owed.kind !== 'succeeded') await removeFile(deps, taskId)
      return true
    } catch (error) {
      log.error('the end of a run could not be noted', { taskId, error })
    }
    if (isLast) {
      await removeFile(deps, taskId)
      return false
    }
    onHeld()
    await delay(clock, equalJitterMs(AGAIN, attempt), signal).catch(() => undefined)
  }
}

function isCancelled(signal: AbortSignal): boolean {
  return signal.reason instanceof RunStopped && signal.reason.reason === 'cancelled'
}

/** On a full disk only that makes the room that everything else waits for. */
async function removeFile({ spoolPath, log }: NoteDeps, taskId: string): Promise<void> {
  await rm(spoolPath(taskId), { force: true }).catch((error: unknown) => {
    log.warn('the output of a run that was given up could not be removed', { taskId, error })
  })
}
