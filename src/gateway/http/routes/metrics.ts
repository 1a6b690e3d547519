import { HTTP_ROUTES } from '../../../protocol/http/index.ts'
import type { GatewayParts } from '../../parts.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { about } from './describe.ts'

const DESCRIPTION =
  'In the text format of Prometheus, for the admin token or the metrics token. Names no tenant unless the gateway was ' +
  'started with `--metrics-tenants`.'

/** What Prometheus reads. */
export function metricsRoute(app: GatewayApp, { metrics }: Pick<GatewayParts, 'metrics'>): void {
  app.get(HTTP_ROUTES.metrics, {
    config: { access: { auth: 'metrics', body: 'none', rate: 'admin' } },
    schema: about('operators', 'Metrics', DESCRIPTION),
    handler: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  })
}
