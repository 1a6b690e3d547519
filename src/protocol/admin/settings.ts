import { z } from 'zod'

/** How the next server is chosen. */
export const STRATEGIES = ['round-robin', 'least-busy', 'sticky'] as const

export type StrategyName = (typeof STRATEGIES)[number]

/** `aimd`: ×0.7 down, +1 up · `step`: −decrease down, +increase up · `off`: the declared slots always. */
const ADAPTIVE_MODES = ['aimd', 'step', 'off'] as const

const slots = z.int().min(1).max(64)

const fields = {
  strategy: z.enum(STRATEGIES),

  adaptive_mode: z.enum(ADAPTIVE_MODES),
  /** Tasks at the same time on one server: at first, at most and at least. Never more than the server declares. */
  default_threshold: slots,
  max_threshold: slots,
  min_threshold: slots,
  threshold_decrease: slots,
  threshold_increase: slots,
  /** Seconds without a rate limit before one more is tried. */
  recovery_interval: z.int().min(1).max(3600),

  submits_per_minute: z.int().min(1).max(100_000),
  queued_per_tenant: z.int().min(1).max(1_000_000),
  queued_in_all: z.int().min(1).max(10_000_000),
  uploads_per_tenant: z.int().min(1).max(1_000),
  sockets_per_tenant: z.int().min(1).max(1_000),
  /** Bytes of one tenant in the pool; null = no limit but the disk. */
  pool_quota_bytes: z.int().min(1).nullable(),

  /** How long a task may wait for a GPU: 1 hour to 30 days, or null = until it runs. */
  queued_ttl_hours: z.int().min(1).max(720).nullable(),
  results_kept_days: z.int().min(1).max(3650),
  /** Inputs that no task and no asset uses any more. */
  inputs_kept_days: z.int().min(1).max(3650),
  /** Null = until somebody deletes them. */
  assets_kept_days: z.int().min(1).max(3650).nullable(),

  /** Minutes without work after which the power hook is told to stop a server; null = never. */
  idle_off_minutes: z.int().min(1).max(1440).nullable(),
}

/** What an operator can change while the gateway runs. */
export const gatewaySettingsSchema = z.object(fields)

export type GatewaySettings = z.infer<typeof gatewaySettingsSchema>

export const DEFAULT_SETTINGS: GatewaySettings = {
  strategy: 'round-robin',
  adaptive_mode: 'aimd',
  default_threshold: 12,
  max_threshold: 12,
  min_threshold: 2,
  threshold_decrease: 2,
  threshold_increase: 1,
  recovery_interval: 60,
  submits_per_minute: 60,
  queued_per_tenant: 1_000,
  queued_in_all: 10_000,
  uploads_per_tenant: 32,
  sockets_per_tenant: 20,
  pool_quota_bytes: null,
  queued_ttl_hours: 24,
  results_kept_days: 7,
  inputs_kept_days: 7,
  assets_kept_days: null,
  idle_off_minutes: null,
}

/** Any of them; what is not named stays. */
export const settingsPatchSchema = z.strictObject(fields).partial()

export type SettingsPatch = z.infer<typeof settingsPatchSchema>
