import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../shared/index.ts'
import type { BackoffPolicy } from '../../shared/index.ts'

/** Every time and count the queue's rules speak of. Tests scale them; only sizes of batches stand where they are used. */
export interface QueueTimings {
  /** How long a lease lives without a heartbeat. */
  readonly leaseMs: number
  /** How long a leased task may stay unaccepted. */
  readonly acceptMs: number
  /** How long a released task waits before it is leased again, so that a refusing worker does not spin. */
  readonly releaseMs: number
  /** How long a worker may take to confirm a cancel. */
  readonly cancelGraceMs: number
  /** How long a task may wait in the queue, where neither it nor a setting says otherwise. */
  readonly queuedTtlMs: number
  /** People are told when this share of the waiting time is over. */
  readonly warnShare: number
  /** Between the warning and the end, where the warning comes late; less where the whole waiting time is short. */
  readonly warnedAtLeastMs: number
  /** A waiting task goes up one class each time this is over. */
  readonly ageMs: number
  /** First back-off after a stall; doubles with each. */
  readonly stallBackoffMs: number
  /** This many vanished workers and the task is dead. */
  readonly maxStalls: number
  /** This many different workers that died under it and the task is dead. */
  readonly maxCrashedWorkers: number
  /** A run whose stage and progress stand still so long is taken away, though its worker lives. */
  readonly progressMs: number
  /** The same where nobody knows how long such a run takes, and its engine tells no progress. */
  readonly blindProgressMs: number
  readonly retryBackoff: BackoffPolicy
  /** Back-off after an engine that said "not now". */
  readonly limitedBackoff: BackoffPolicy
  readonly maxAttempts: number
  /** So many times in a row a switched-off worker may hand a task back without an attempt counted; the next one counts. */
  readonly freeHandBacks: number
  /** After a start of the gateway, live leases get at least this long before they are reaped. */
  readonly startGraceMs: number
  /** How long an ended task is kept; its request id is remembered as long. At least 48 h. */
  readonly terminalKeptMs: number
  /** How long a result that came after the cancel is kept. */
  readonly lateOutputKeptMs: number
  /** Events kept per tenant for clients that were away. */
  readonly eventsKept: number
  /** Of the time this gateway was down, so much counts as time that went by. */
  readonly downtimeCountsMs: number
  /** While the queue is paused, a task whose waiting time would be over is looked at again after so long. */
  readonly pausedLookMs: number
  /** How often the time that went by is written down. */
  readonly timeKeptEveryMs: number
}

export const QUEUE_TIMINGS: QueueTimings = {
  leaseMs: 120 * SECOND_MS,
  acceptMs: 10 * SECOND_MS,
  releaseMs: SECOND_MS,
  cancelGraceMs: 30 * SECOND_MS,
  queuedTtlMs: DAY_MS,
  warnShare: 0.8,
  warnedAtLeastMs: 5 * MINUTE_MS,
  ageMs: 30 * MINUTE_MS,
  stallBackoffMs: 5 * SECOND_MS,
  maxStalls: 3,
  maxCrashedWorkers: 2,
  progressMs: 5 * MINUTE_MS,
  blindProgressMs: 2 * HOUR_MS,
  retryBackoff: { baseMs: 5 * SECOND_MS, factor: 2, capMs: 10 * MINUTE_MS },
  limitedBackoff: { baseMs: 5 * SECOND_MS, factor: 2, capMs: MINUTE_MS },
  maxAttempts: 5,
  freeHandBacks: 10,
  startGraceMs: MINUTE_MS,
  terminalKeptMs: 30 * DAY_MS,
  lateOutputKeptMs: DAY_MS,
  eventsKept: 10_000,
  downtimeCountsMs: HOUR_MS,
  pausedLookMs: MINUTE_MS,
  timeKeptEveryMs: 30 * SECOND_MS,
}

export interface QueueLimits {
  /** Waiting tasks of one tenant. */
  readonly queuedPerTenant: number
  /** Waiting tasks in all. */
  readonly queuedInAll: number
}

export const QUEUE_LIMITS: QueueLimits = { queuedPerTenant: 1000, queuedInAll: 10_000 }
