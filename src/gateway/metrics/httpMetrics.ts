import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { ErrorCode } from '../../protocol/errors/index.ts'
import { seconds } from './gauge.ts'

const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600]

/** One answered request. `route` as the router names it: never an address with an id in it. */
export interface AnsweredRequest {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly durationMs: number
  /** A submit that was known by its request id. */
  readonly isReplay: boolean
}

export type Door = 'http' | 'upgrade' | 'dsp' | 'events'

export interface HttpMetrics {
  answered(request: AnsweredRequest): void
  /** Something was refused at a door, with a code of the catalogue. */
  refused(door: Door, code: ErrorCode): void
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const requests = new Counter({
    name: 'dhs_http_requests_total',
    help: 'Answered requests.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'dhs_http_request_seconds',
    help: 'From a request’s head to the end of its answer; uploads and downloads take as long as their bytes.',
    labelNames: ['route'],
    buckets: BUCKETS_S,
    registers: [registry],
  })
  const replays = new Counter({
    name: 'dhs_submits_repeated_total',
    help: 'Submits that were known by their request id: the same task was answered.',
    registers: [registry],
  })
  const refusals = new Counter({
    name: 'dhs_refusals_total',
    help: 'What was refused, by door and code.',
    labelNames: ['door', 'code'],
    registers: [registry],
  })
  return {
    answered({ method, route, status, durationMs, isReplay }) {
      requests.inc({ method, route, status: String(status) })
      durations.observe({ route }, seconds(durationMs))
      if (isReplay) replays.inc()
    },
    refused(door, code) {
      refusals.inc({ door, code })
    },
  }
}
