import type { IncomingMessage } from 'node:http'
import type { TaskProgress } from '../protocol/task/index.ts'
import type { Clock, Emitter } from '../shared/index.ts'
import type { Logger } from '../shared/node/index.ts'
import type { AuditLog } from './admin/auditLog.ts'
import type { Assets } from './assets/index.ts'
import type { Auth } from './auth/port.ts'
import type { TenantConnections } from './auth/tenantConnections.ts'
import type { TaskViews } from './dialects/index.ts'
import type { Dispatcher } from './dispatch/index.ts'
import type { Fleet } from './fleet/port.ts'
import type { GatewayMetrics } from './metrics/index.ts'
import type { PoolPort } from './pool/port.ts'
import type { IntakeRates } from './intake/rates.ts'
import type { PowerControl } from './power/index.ts'
import type { QueueAdmin } from './queue/adminPort.ts'
import type { QueuePort } from './queue/port.ts'
import type { LiveSettings } from './settings/liveSettings.ts'
import type { GatewayLimits, GatewayTimings } from './settings/defaults.ts'
import type { StoreStatus } from './store/backups.ts'

/** A step of a running task on its way to its tenant. */
export interface ProgressNews {
  readonly tenant: string
  readonly progress: TaskProgress
}

/** What the doors (HTTP, /dsp, Socket.IO) stand on. Made once by `app.ts`; the doors own none of it. */
export interface GatewayParts {
  readonly queue: QueuePort
  /** What only operators may do with the queue. */
  readonly queueAdmin: QueueAdmin
  readonly pool: PoolPort
  readonly assets: Assets
  readonly fleet: Fleet
  readonly auth: Auth
  /** Whichever door they came through: Socket.IO, progress of one task, and clients on `/dsp`. */
  readonly sockets: TenantConnections
  /** Answers with bytes of files. */
  readonly downloads: TenantConnections
  readonly audit: AuditLog
  readonly store: StoreStatus
  readonly views: TaskViews
  readonly dispatcher: Dispatcher
  readonly power: PowerControl
  readonly progress: Emitter<ProgressNews>
  readonly rates: IntakeRates
  readonly metrics: GatewayMetrics
  /** Where a request comes from, also behind a proxy: for limits, the audit and the log. */
  addressOf(request: IncomingMessage): string
  readonly clock: Clock
  readonly log: Logger
  readonly limits: GatewayLimits
  /** What an operator may change while it runs; `limits` and `timings` are fixed at the start. */
  readonly settings: LiveSettings
  readonly timings: GatewayTimings
  readonly leaseMs: number
  readonly version: string
}
