import {
  healthAnswerSchema,
  HTTP_ROUTES,
  queueAnswerSchema,
  queueQuerySchema,
  successEnvelope,
} from '../../../protocol/http/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { tenantOfRequest } from '../checks/pipeline.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { about, REFUSALS } from './describe.ts'

/** Queue and health. */
export function stateRoutes(app: GatewayApp, parts: GatewayParts): void {
  app.get(HTTP_ROUTES.queue, {
    config: { access: { auth: 'tenant', body: 'none', rate: 'request' } },
    schema: {
      ...about('gateway', 'State of the queue', 'How much waits and runs, and when a task submitted now would begin.'),
      querystring: queueQuerySchema,
      response: { 200: successEnvelope(queueAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const { queued, leased, running, cancelling } = await parts.queue.counts()
      const { status, workers, slots } = parts.fleet.status()
      const paused = await parts.queueAdmin.isPaused()
      const estimate = paused ? null : await parts.views.estimateOfNew(tenantOfRequest(request), request.query.priority)
      return {
        code: 0 as const,
        msg: 'ok',
        data: {
          ...{ queued, leased, running, cancelling, workers, slots, gpu: status, paused },
          eta_seconds: estimate?.seconds ?? null,
          eta_high_seconds: estimate?.highSeconds ?? null,
          eta_basis: estimate?.basis ?? null,
        },
      }
    },
  })
  app.get(HTTP_ROUTES.health, {
    config: { access: { auth: 'none', body: 'none', rate: 'none' } },
    schema: {
      ...about('gateway', 'Health', 'Needs no credential. Answers at the top level, without `data`.'),
      security: [],
      response: { 200: healthAnswerSchema, ...REFUSALS },
    },
    handler: async () => {
      const { queued, leased, running, cancelling } = await parts.queue.counts()
      const { status, workers, slots } = parts.fleet.status()
      return {
        code: 0 as const,
        msg: 'ok',
        initialized: true,
        gpu: status,
        workers,
        slots,
        queue: { queued, running: leased + running + cancelling, paused: await parts.queueAdmin.isPaused() },
        version: parts.version,
        service: 'dhs-gateway' as const,
      }
    },
  })
}
