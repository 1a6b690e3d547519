import { AppError, fullJitterMs } from '../../shared/index.ts'
import type { TaskOutput } from '../../protocol/task/index.ts'
import type { TaskFailure } from './port.ts'
import type { Now } from './steadyTime.ts'
import type { MutableColumns, TaskRow } from './taskRow.ts'
import type { QueueTimings } from './timings.ts'
import { next } from './transitions.ts'
import type { TaskEvent } from './transitions.ts'

export interface MoveContext {
  readonly timings: QueueTimings
  readonly now: Now
  readonly random: () => number
}

export interface Holder {
  readonly workerId: string
  readonly serverId: string
  readonly token: string
}

type Patch = Partial<MutableColumns>

export function lease(row: TaskRow, holder: Holder, { timings, now }: MoveContext): MutableColumns {
  return moved(row, 'lease', {
    epoch: row.epoch + 1,
    token: holder.token,
    worker: holder.workerId,
    server: holder.serverId,
    lease_until: now.steadyMs + timings.leaseMs,
    deadline: now.steadyMs + timings.acceptMs,
  })
}

export function accept(row: TaskRow, { timings, now }: MoveContext): MutableColumns {
  const leaseUntilMs = now.steadyMs + timings.leaseMs
  return moved(row, 'accept', {
    attempts: row.attempts + 1,
    started: now.wallMs,
    lease_until: leaseUntilMs,
    deadline: leaseUntilMs,
  })
}

/** The time it may wait is not renewed: a worker that never accepts cannot keep a task for ever. */
export function release(row: TaskRow, { timings, now }: MoveContext): MutableColumns {
  return moved(row, 'release', {
    ...NO_LEASE,
    not_before: now.steadyMs + timings.releaseMs,
    deadline: row.expires,
  })
}

export function succeed(
  row: TaskRow,
  output: TaskOutput | null,
  engine: string | null,
  { now }: MoveContext,
): MutableColumns {
  return moved(row, 'succeed', {
    ...ended(now),
    settled_epoch: row.epoch,
    output: output === null ? null : JSON.stringify(output),
    failure: null,
    engine,
  })
}

export function fail(row: TaskRow, failure: TaskFailure, { now }: MoveContext): MutableColumns {
  return moved(row, 'fail', { ...ended(now), settled_epoch: row.epoch, failure: JSON.stringify(failure) })
}

/** Again after a back-off, or `fail` when the attempts are used up. The token stays: it tells a repeat as one. */
export function retryOrFail(row: TaskRow, failure: TaskFailure, context: MoveContext): MutableColumns {
  const { timings, now, random } = context
  if (row.attempts >= timings.maxAttempts) return fail(row, failure, context)
  return moved(row, 'retry', {
    ...waiting(context),
    token: row.token,
    worker: row.worker,
    settled_epoch: row.epoch,
    failure: JSON.stringify(failure),
    not_before: now.steadyMs + fullJitterMs(timings.retryBackoff, row.attempts - 1, random),
  })
}

/** The worker vanished: back with its token kept, so that a late result of this lease still counts; or dead. */
export function stallOrBury(row: TaskRow, context: MoveContext): MutableColumns {
  const { timings, now } = context
  const stalls = row.stalls + 1
  if (stalls >= timings.maxStalls) {
    const failure: TaskFailure = { code: 'WORKER_LOST', data: { times: stalls } }
    return moved(row, 'bury', { ...ended(now), stalls, token: null, failure: JSON.stringify(failure) })
  }
  return moved(row, 'stall', {
    ...waiting(context),
    stalls,
    token: row.token,
    worker: row.worker,
    not_before: now.steadyMs + timings.stallBackoffMs * 2 ** stalls,
  })
}

/** The worker is back and does not run it any more: the same, but there is nothing to wait for. */
export function loseRun(row: TaskRow, context: MoveContext): MutableColumns {
  if (row.state === 'cancelling') return endCancelGrace(row, context)
  const to = stallOrBury(row, context)
  return to.state === 'queued' ? { ...to, not_before: context.now.steadyMs + context.timings.releaseMs } : to
}

/** What a cancel does in a live state: an end at once, or a request that the worker has to confirm. */
export function cancel(row: TaskRow, { timings, now }: MoveContext): MutableColumns {
  if (row.state === 'running') {
    return moved(row, 'cancel', { deadline: now.steadyMs + timings.cancelGraceMs })
  }
  // The epoch moves with a live lease, so that whatever its holder still sends is refused.
  const epoch = row.state === 'leased' ? row.epoch + 1 : row.epoch
  return moved(row, 'cancel', { ...ended(now), epoch, token: null })
}

/** Confirmed by the worker: its lease stays the newest, so that a repeat is known as one. */
export function confirmCancel(row: TaskRow, { now }: MoveContext): MutableColumns {
  return moved(row, 'confirmCancel', { ...ended(now), settled_epoch: row.epoch })
}

/** Nobody confirmed in time: the holder is fenced off. */
export function endCancelGrace(row: TaskRow, { now }: MoveContext): MutableColumns {
  return moved(row, 'confirmCancel', { ...ended(now), epoch: row.epoch + 1, token: null })
}

export function expire(row: TaskRow, { now }: MoveContext): MutableColumns {
  const failure: TaskFailure = { code: 'TASK_EXPIRED' }
  return moved(row, 'expire', { ...ended(now), token: null, failure: JSON.stringify(failure) })
}

const NO_LEASE = { token: null, worker: null, server: null, lease_until: null } satisfies Patch

function ended(now: Now): Patch {
  return { lease_until: null, deadline: null, finished: now.wallMs }
}

/** Back in the queue after a run: the time it may wait begins anew. */
function waiting({ timings, now }: MoveContext): Patch {
  const expiresMs = now.steadyMs + timings.queuedTtlMs
  return { ...NO_LEASE, deadline: expiresMs, expires: expiresMs }
}

function moved(row: TaskRow, event: TaskEvent, patch: Patch): MutableColumns {
  const state = next(row.state, event)
  if (state === undefined) throw new AppError('INTERNAL', { message: `a ${row.state} task cannot ${event}` })
  return { ...mutableColumns(row), ...patch, state }
}

function mutableColumns(row: TaskRow): MutableColumns {
  return {
    state: row.state,
    epoch: row.epoch,
    settled_epoch: row.settled_epoch,
    token: row.token,
    worker: row.worker,
    server: row.server,
    lease_until: row.lease_until,
    deadline: row.deadline,
    expires: row.expires,
    not_before: row.not_before,
    attempts: row.attempts,
    stalls: row.stalls,
    engine: row.engine,
    output: row.output,
    failure: row.failure,
    started: row.started,
    finished: row.finished,
  }
}
