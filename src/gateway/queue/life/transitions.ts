import type { TaskState } from '../../../protocol/task/index.ts'

/** Everything that can happen to a stored task. */
export const TASK_EVENTS = [
  /** A worker with a free slot takes it. */
  'lease',
  /** The worker begins; this counts as an attempt. */
  'accept',
  /** Rejected, not accepted in time, or never sent: back without an attempt counted. */
  'release',
  /** The result arrived, also one of the last lease after it ran out. */
  'succeed',
  /** A permanent error, or the attempts are used up. */
  'fail',
  /** A passing error: again after a back-off. */
  'retry',
  /** The worker is gone, or its run stands still. */
  'stall',
  /** It made too many workers vanish. */
  'bury',
  /** The person asked for a cancel. */
  'cancel',
  /** The end of a cancel: the worker confirmed it, or its result came. */
  'confirmCancel',
  /** The end of a cancel that the worker never confirmed. */
  'giveUpCancel',
  /** Its waiting time is nearly over: people are told. */
  'warn',
  /** An operator moved it to another class or to the front. */
  'reorder',
  /** It waited too long. */
  'expire',
] as const

export type TaskEvent = (typeof TASK_EVENTS)[number]

type Row = Readonly<Partial<Record<TaskEvent, TaskState>>>

const NOTHING: Row = {}

const TABLE: Readonly<Record<TaskState, Row>> = {
  queued: {
    lease: 'leased',
    succeed: 'succeeded',
    cancel: 'cancelled',
    warn: 'queued',
    reorder: 'queued',
    expire: 'expired',
  },
  leased: { accept: 'running', release: 'queued', cancel: 'cancelled' },
  running: {
    succeed: 'succeeded',
    fail: 'failed',
    retry: 'queued',
    stall: 'queued',
    bury: 'dead',
    cancel: 'cancelling',
  },
  cancelling: { confirmCancel: 'cancelled', giveUpCancel: 'cancelled' },
  succeeded: NOTHING,
  failed: NOTHING,
  cancelled: NOTHING,
  expired: NOTHING,
  dead: NOTHING,
}

/** The one table of a task's life; undefined for whatever may not happen in `state`. */
export function next(state: TaskState, event: TaskEvent): TaskState | undefined {
  return TABLE[state][event]
}
