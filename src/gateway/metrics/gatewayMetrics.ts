import { Registry } from 'prom-client'
import type { Database } from '../../shared/node/index.ts'
import type { Fleet } from '../fleet/port.ts'
import type { PoolPort } from '../pool/port.ts'
import type { PowerControl } from '../power/index.ts'
import type { QueueAdmin } from '../queue/adminPort.ts'
import type { QueuePort } from '../queue/port.ts'
import { addFleetGauges } from './fleetGauges.ts'
import { addNumber } from './gauge.ts'
import { createHttpMetrics } from './httpMetrics.ts'
import type { HttpMetrics } from './httpMetrics.ts'
import { addProcessGauges } from './processGauges.ts'
import { addQueueGauges } from './queueGauges.ts'
import { addStoreGauges } from './storeGauges.ts'
import { watchTasks } from './taskMetrics.ts'

export interface GatewayMetricsDeps {
  readonly queue: Pick<QueuePort, 'onChange'> & Pick<QueueAdmin, 'statistics'>
  readonly fleet: Fleet
  readonly power: Pick<PowerControl, 'state'>
  readonly db: Pick<Database, 'get'>
  readonly pool: Pick<PoolPort, 'totals'>
  readonly dataDir: string
  readonly version: string
  /** How many tenants are told by name; 0 = none. */
  readonly maxTenants: number
}

/** What Prometheus reads of one gateway. */
export interface GatewayMetrics extends HttpMetrics {
  readonly contentType: string
  /** The text of a scrape. */
  text(): Promise<string>
  /** One more number, read at each scrape; null = not known. */
  watch(name: string, help: string, read: () => number | null): void
  /** Stops listening and measuring. Idempotent. */
  stop(): void
}

/** A registry of its own: two gateways in one process never share a number. */
export function createGatewayMetrics(deps: GatewayMetricsDeps): GatewayMetrics {
  const registry = new Registry()
  addQueueGauges(registry, deps.queue, deps.maxTenants)
  addFleetGauges(registry, deps.fleet, deps.power)
  addStoreGauges(registry, deps)
  const unwatch = watchTasks(registry, deps.queue)
  const stopMeasuring = addProcessGauges(registry, deps.version)
  return {
    ...createHttpMetrics(registry),
    contentType: registry.contentType,
    text: () => registry.metrics(),
    watch: (name, help, read) => {
      addNumber(registry, { name, help }, read)
    },
    stop: () => {
      unwatch()
      stopMeasuring()
    },
  }
}
