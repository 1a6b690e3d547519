import type { SettingsPatch } from '../../protocol/admin/index.ts'
import { MAX_POOL_FILE_BYTES } from '../../protocol/files/index.ts'

/**
 * What one tenant, one address and all together may use. Those that an operator may change while the gateway runs
 * (`settingsOf`) are only where it begins.
 */
export interface GatewayLimits {
  readonly submitsPerMinute: number
  /** Submits a tenant that was quiet may send at once. */
  readonly submitBurst: number
  /** Every other request of a tenant. */
  readonly requestsPerMinute: number
  readonly adminRequestsPerMinute: number
  /** Wrong credentials per address; a right one is never held up by them. */
  readonly failedAuthPerMinute: number
  readonly maxConnections: number
  readonly maxWebSockets: number
  readonly maxWebSocketsPerAddress: number
  /** Frames one socket may send in a second; pings and pongs count too. */
  readonly messagesPerSecond: number
  /** What may wait for a reader that does not read; then it is closed with 4408. */
  readonly maxUnreadBytes: number
  /** Downloads of a tenant at once: its slow readers leave most of the connections to others. */
  readonly downloadsPerTenant: number
  readonly queuedPerTenant: number
  readonly queuedInAll: number
  readonly maxFileBytes: number
  readonly maxJsonBytes: number
}

export const DEFAULT_LIMITS: GatewayLimits = {
  submitsPerMinute: 60,
  submitBurst: 120,
  requestsPerMinute: 600,
  adminRequestsPerMinute: 300,
  failedAuthPerMinute: 20,
  maxConnections: 1_024,
  maxWebSockets: 1_000,
  maxWebSocketsPerAddress: 100,
  messagesPerSecond: 100,
  maxUnreadBytes: 32 * 1024 * 1024,
  downloadsPerTenant: 100,
  queuedPerTenant: 1_000,
  queuedInAll: 10_000,
  maxFileBytes: MAX_POOL_FILE_BYTES,
  maxJsonBytes: 256 * 1024,
}

/** The limits given at the start, as the settings they are the first value of. */
export function settingsOf(limits: Partial<GatewayLimits> = {}): SettingsPatch {
  const { submitsPerMinute, queuedPerTenant, queuedInAll } = limits
  return { submits_per_minute: submitsPerMinute, queued_per_tenant: queuedPerTenant, queued_in_all: queuedInAll }
}

/** Times of the doors and of dispatch; those of the queue's own rules are the queue's. */
export interface GatewayTimings {
  readonly heartbeatMs: number
  /** From the upgrade to a proof of identity: a valid register frame, or Socket.IO's CONNECT. */
  readonly socketAuthMs: number
  readonly pingMs: number
  readonly reapEveryMs: number
  /** A longer gap between two reaps means that this process stood still. */
  readonly pauseGapMs: number
  readonly pauseGraceMs: number
  /** A worker that rejected or ignored a job is left alone for so long. */
  readonly penaltyMs: number
  readonly jsonBodyMs: number
  readonly uploadCheckMs: number
  readonly downloadCheckMs: number
  readonly tlsHandshakeMs: number
  readonly progressEveryMs: number
  readonly statsEveryMs: number
}

export const DEFAULT_TIMINGS: GatewayTimings = {
  heartbeatMs: 15_000,
  socketAuthMs: 5_000,
  pingMs: 15_000,
  reapEveryMs: 1_000,
  pauseGapMs: 30_000,
  pauseGraceMs: 60_000,
  penaltyMs: 5_000,
  jsonBodyMs: 30_000,
  uploadCheckMs: 15_000,
  downloadCheckMs: 60_000,
  tlsHandshakeMs: 10_000,
  progressEveryMs: 250,
  statsEveryMs: 1_000,
}

/** Slowest upload or download that is waited for. */
export const LEAST_BYTES_PER_SECOND = 4 * 1024
