import type { GatewaySettings } from '../../protocol/admin/index.ts'
import { MAX_POOL_FILE_BYTES } from '../../protocol/files/index.ts'
import { DAY_MS, MINUTE_MS } from '../../shared/index.ts'

const GIB = 1024 ** 3

/** Fixed at the start. */
export interface PoolSettings {
  readonly maxFileBytes: number
  /** Free space that is never used up: the database needs it to go on. */
  readonly lowDiskBytes: number
  /** How long an upload may rest before it is forgotten. */
  readonly uploadTtlMs: number
  /** An upload that rested so long gives its place to a new one of its tenant. */
  readonly uploadRestMs: number
  /** What was asked for so recently is never removed: a submit or a download may be on its way with it. */
  readonly inUseMs: number
  /** Every file is read and hashed again so often. */
  readonly scrubEveryMs: number
  /** Damaged files are kept so long for whoever wants to look at them. */
  readonly quarantineMs: number
  /** How long it is remembered why a file is gone. */
  readonly goneMs: number
}

export const POOL_SETTINGS: PoolSettings = {
  maxFileBytes: MAX_POOL_FILE_BYTES,
  lowDiskBytes: 2 * GIB,
  uploadTtlMs: DAY_MS,
  uploadRestMs: 15 * MINUTE_MS,
  inUseMs: 10 * MINUTE_MS,
  scrubEveryMs: 7 * DAY_MS,
  quarantineMs: 7 * DAY_MS,
  goneMs: 60 * DAY_MS,
}

/** What an operator may change while the gateway runs; read whenever it is needed. */
export interface PoolLimits {
  /** Bytes of one tenant; null = no limit but the disk. */
  readonly quotaBytes: number | null
  /** Uploads of one tenant that were begun and not ended. */
  readonly uploadsPerTenant: number
  readonly resultsKeptMs: number
  /** Of inputs, from when they were last asked for. */
  readonly inputsKeptMs: number
}

export const POOL_LIMITS: PoolLimits = {
  quotaBytes: null,
  uploadsPerTenant: 32,
  resultsKeptMs: 7 * DAY_MS,
  inputsKeptMs: 7 * DAY_MS,
}

/** The pool's limits among the settings of the gateway. */
export function poolLimitsOf(settings: GatewaySettings): PoolLimits {
  return {
    quotaBytes: settings.pool_quota_bytes,
    uploadsPerTenant: settings.uploads_per_tenant,
    resultsKeptMs: settings.results_kept_days * DAY_MS,
    inputsKeptMs: settings.inputs_kept_days * DAY_MS,
  }
}
