import type { BackoffPolicy } from '../../shared/index.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** Every time and count the queue's rules speak of. Tests scale them; nothing else holds a number. */
export interface QueueTimings {
  /** How long a lease lives without a heartbeat. */
  readonly leaseMs: number
  /** How long a leased task may stay unaccepted. */
  readonly acceptMs: number
  /** How long a released task waits before it is leased again, so that a refusing worker does not spin. */
  readonly releaseMs: number
  /** How long a worker may take to confirm a cancel. */
  readonly cancelGraceMs: number
  /** How long a task may wait in the queue. */
  readonly queuedTtlMs: number
  /** First back-off after a stall; doubles with each. */
  readonly stallBackoffMs: number
  /** This many vanished workers and the task is dead. */
  readonly maxStalls: number
  readonly retryBackoff: BackoffPolicy
  readonly maxAttempts: number
  /** After a start of the gateway, live leases get at least this long before they are reaped. */
  readonly startGraceMs: number
  /** How long an ended task is kept; its request id is remembered as long. At least 48 h. */
  readonly terminalKeptMs: number
  /** Events kept per tenant for clients that were away. */
  readonly eventsKept: number
}

export const QUEUE_TIMINGS: QueueTimings = {
  leaseMs: 120 * SECOND_MS,
  acceptMs: 10 * SECOND_MS,
  releaseMs: SECOND_MS,
  cancelGraceMs: 30 * SECOND_MS,
  queuedTtlMs: 24 * HOUR_MS,
  stallBackoffMs: 5 * SECOND_MS,
  maxStalls: 3,
  retryBackoff: { baseMs: 5 * SECOND_MS, factor: 2, capMs: 10 * MINUTE_MS },
  maxAttempts: 5,
  startGraceMs: MINUTE_MS,
  terminalKeptMs: 30 * 24 * HOUR_MS,
  eventsKept: 10_000,
}

export interface QueueLimits {
  /** Waiting tasks of one tenant. */
  readonly queuedPerTenant: number
  /** Waiting tasks in all. */
  readonly queuedInAll: number
}

export const QUEUE_LIMITS: QueueLimits = { queuedPerTenant: 1000, queuedInAll: 10_000 }
