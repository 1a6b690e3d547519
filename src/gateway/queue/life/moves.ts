import { AppError } from '../../../shared/index.ts'
import type { TaskOutput } from '../../../protocol/task/index.ts'
import { lineOf } from '../line/lines.ts'
import type { TaskFailure } from '../port.ts'
import type { Now } from '../steadyTime.ts'
import type { MutableColumns, TaskRow } from './taskRow.ts'
import type { QueueTimings } from '../timings.ts'
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

export type Patch = Partial<MutableColumns>

/** One event of a task's life and what it changes in the row. */
export interface Move {
  readonly event: TaskEvent
  readonly set: Patch & Pick<MutableColumns, 'state' | 'line'>
}

export function lease(row: TaskRow, holder: Holder, context: MoveContext): Move {
  const { timings, now } = context
  return moved(row, 'lease', context, {
    epoch: row.epoch + 1,
    token: holder.token,
    worker: holder.workerId,
    server: holder.serverId,
    lease_until: now.steadyMs + timings.leaseMs,
    deadline: now.steadyMs + timings.acceptMs,
  })
}

export function accept(row: TaskRow, context: MoveContext): Move {
  const { timings, now } = context
  const leaseUntilMs = now.steadyMs + timings.leaseMs
  return moved(row, 'accept', context, {
    attempts: row.attempts + 1,
    started: now.wallMs,
    run_from: now.steadyMs,
    // The operator's "next" is fulfilled: another try takes its turn like others.
    front: 0,
    lease_until: leaseUntilMs,
    deadline: leaseUntilMs,
  })
}

/** The time it may wait is not renewed: a worker that never accepts cannot keep a task for ever. */
export function release(row: TaskRow, context: MoveContext): Move {
  const notBeforeMs = context.now.steadyMs + context.timings.releaseMs
  return moved(row, 'release', context, { ...NO_LEASE, not_before: notBeforeMs, deadline: waitDeadline(row, context) })
}

export function succeed(row: TaskRow, output: TaskOutput | null, engine: string | null, context: MoveContext): Move {
  return moved(row, 'succeed', context, {
    ...ended(context.now),
    settled_epoch: row.epoch,
    output: output === null ? null : JSON.stringify(output),
    failure: null,
    engine,
  })
}

export function fail(row: TaskRow, failure: TaskFailure, context: MoveContext): Move {
  const end = ended(context.now)
  return moved(row, 'fail', context, { ...end, settled_epoch: row.epoch, failure: JSON.stringify(failure) })
}

export interface Again {
  readonly backoffMs: number
  readonly attempts: number
  readonly limited: number
  readonly retriedOnce: string
  /** The time it may wait begins anew. */
  readonly renewsWait: boolean
}

/** Another try, later. The token stays: it tells a repeat as one. */
export function retry(row: TaskRow, failure: TaskFailure, again: Again, context: MoveContext): Move {
  return moved(row, 'retry', context, {
    ...(again.renewsWait ? waiting(row, context) : { ...NO_LEASE, deadline: waitDeadline(row, context) }),
    token: row.token,
    worker: row.worker,
    settled_epoch: row.epoch,
    failure: JSON.stringify(failure),
    attempts: again.attempts,
    limited: again.limited,
    retried_once: again.retriedOnce,
    not_before: context.now.steadyMs + again.backoffMs,
  })
}

/** Why a run was taken away from a worker. */
export type StallReason = 'worker_lost' | 'no_progress'

/** Back with its token kept, so that a late result of this lease still counts; or dead. */
export function stallOrBury(row: TaskRow, reason: StallReason, context: MoveContext): Move {
  const { timings, now } = context
  const stalls = row.stalls + 1
  const crashedOn =
    reason === 'worker_lost' && row.worker !== null ? withWord(row.crashed_on, row.worker) : row.crashed_on
  const isPoison = stalls >= timings.maxStalls || wordsOf(crashedOn).length >= timings.maxCrashedWorkers
  if (isPoison) {
    const failure = JSON.stringify(reason === 'worker_lost' ? lostFailure(stalls) : STUCK)
    return moved(row, 'bury', context, { ...ended(now), stalls, crashed_on: crashedOn, token: null, failure })
  }
  return moved(row, 'stall', context, {
    ...waiting(row, context),
    stalls,
    crashed_on: crashedOn,
    token: row.token,
    worker: row.worker,
    not_before: now.steadyMs + timings.stallBackoffMs * 2 ** stalls,
  })
}

/** The worker is back and does not have it: the same, but there is nothing to wait for. */
export function loseLease(row: TaskRow, context: MoveContext): Move {
  if (row.state === 'leased') return release(row, context)
  if (row.state === 'cancelling') return giveUpCancel(row, context)
  const move = stallOrBury(row, 'worker_lost', context)
  if (move.event === 'bury') return move
  const notBeforeMs = context.now.steadyMs + context.timings.releaseMs
  return { ...move, set: { ...move.set, not_before: notBeforeMs } }
}

/** What a cancel does in a live state: an end at once, or a request that the worker has to confirm. */
export function cancel(row: TaskRow, context: MoveContext): Move {
  const { timings, now } = context
  if (row.state === 'running') {
    return moved(row, 'cancel', context, { deadline: now.steadyMs + timings.cancelGraceMs })
  }
  // The epoch moves with a live lease, so that whatever its holder still sends is refused.
  const epoch = row.state === 'leased' ? row.epoch + 1 : row.epoch
  return moved(row, 'cancel', context, { ...ended(now), epoch, token: null })
}

/** Its lease stays the newest, so that a repeat is known as one. An output that came too late is kept for a while. */
export function confirmCancel(row: TaskRow, lateOutput: TaskOutput | null, context: MoveContext): Move {
  const { timings, now } = context
  const late =
    lateOutput === null
      ? {}
      : { late_output: JSON.stringify(lateOutput), late_until: now.steadyMs + timings.lateOutputKeptMs }
  return moved(row, 'confirmCancel', context, { ...ended(now), ...late, settled_epoch: row.epoch })
}

/** Nobody confirmed in time: the holder is fenced off. */
export function giveUpCancel(row: TaskRow, context: MoveContext): Move {
  return moved(row, 'giveUpCancel', context, { ...ended(context.now), epoch: row.epoch + 1, token: null })
}

/**
 * What happens to a waiting task at its deadline: first a warning, then the end. Undefined when there is time left,
 * because the queue was paused since the deadline was set.
 */
export function warnOrExpire(row: TaskRow, context: MoveContext): Move | undefined {
  const { now, timings } = context
  if (waitDeadline(row, context) > now.steadyMs) return undefined
  if (row.expires_soon === 0 && row.ttl !== null) {
    // Its end may have passed too while nobody could warn: then there is a last while to act on the warning.
    const expires = Math.max(row.expires, now.waitMs + lastWhileMs(row.ttl, timings))
    const deadline = waitDeadline({ ...row, expires, expires_soon: 1 }, context)
    return moved(row, 'warn', context, { expires, expires_soon: 1, deadline })
  }
  const failure: TaskFailure = { code: 'TASK_EXPIRED' }
  return moved(row, 'expire', context, { ...ended(now), token: null, failure: JSON.stringify(failure) })
}

/** What is left after a warning at the least. */
function lastWhileMs(ttl: number, { warnShare, warnedAtLeastMs }: QueueTimings): number {
  return Math.min(warnedAtLeastMs, Math.round(ttl * (1 - warnShare)))
}

/** To another class, as if it had just come into it; or to the front of its own. */
export function reorder(
  row: TaskRow,
  to: { readonly class: number } | { readonly front: number },
  context: MoveContext,
): Move {
  if ('front' in to) return moved(row, 'reorder', context, { front: to.front })
  const agesAtMs = firstAgeing(to.class, context)
  return moved(row, 'reorder', context, { class: to.class, rank: to.class, front: 0, ages_at: agesAtMs })
}

/** When a task that now enters a class goes up to the next one, in time without pauses. */
export function firstAgeing(rank: number, { now, timings }: Pick<MoveContext, 'now' | 'timings'>): number | null {
  return rank === 0 ? null : now.waitMs + timings.ageMs
}

/** When a waiting task is looked at, if no pause comes: for its warning, or, once warned, for its end. */
export function waitDeadline(
  { expires, expires_soon, ttl }: Pick<TaskRow, 'expires' | 'expires_soon' | 'ttl'>,
  { now, timings }: Pick<MoveContext, 'now' | 'timings'>,
): number {
  if (ttl === null) return expires
  const warnedMs = expires_soon === 1 ? 0 : Math.round(ttl * (1 - timings.warnShare))
  return expires - warnedMs + now.steadyMs - now.waitMs
}

const NO_LEASE = { token: null, worker: null, server: null, lease_until: null, run_from: null } satisfies Patch

const STUCK: TaskFailure = { code: 'TIMEOUT' }

function lostFailure(times: number): TaskFailure {
  return { code: 'WORKER_LOST', data: { times } }
}

function ended(now: Now): Patch {
  return { lease_until: null, deadline: null, finished: now.wallMs, ended: now.steadyMs }
}

/** Back in the queue after a run: the time it may wait begins anew. */
function waiting(row: TaskRow, context: MoveContext): Patch {
  const { ttl } = row
  const expires = ttl === null ? row.expires : context.now.waitMs + ttl
  const wait = { ttl, expires, expires_soon: 0 }
  return { ...NO_LEASE, expires, expires_soon: 0, deadline: waitDeadline(wait, context) }
}

function moved(row: TaskRow, event: TaskEvent, { now }: MoveContext, patch: Patch): Move {
  const state = next(row.state, event)
  if (state === undefined) throw new AppError('INTERNAL', { message: `a ${row.state} task cannot ${event}` })
  const { stalls = row.stalls, not_before = row.not_before } = patch
  const line = lineOf({ state, stalls, not_before, target_worker: row.target_worker }, now.steadyMs)
  return { event, set: { ...patch, state, line } }
}

/** Ids and codes have no spaces: a list of them is a line of words. */
export function wordsOf(line: string): readonly string[] {
  return line === '' ? [] : line.split(' ')
}

export function withWord(line: string, word: string): string {
  return [...new Set([...wordsOf(line), word])].join(' ')
}
