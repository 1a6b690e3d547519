import { ADMIN_ROUTES, auditAnswerSchema, auditQuerySchema } from '../../../../protocol/admin/index.ts'
import { successEnvelope } from '../../../../protocol/http/index.ts'
import type { GatewayParts } from '../../../parts.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { about, REFUSALS } from '../describe.ts'
import { WITHOUT_BODY, ok } from './access.ts'

const DESCRIPTION =
  'Calls of these routes, newest first: who, from where, with what, and what came of it. Changes are kept 90 days; ' +
  'the newest 100,000 reads and 10,000 refused calls as long.'

/** Who did what. */
export function adminAuditRoutes(app: GatewayApp, { audit }: Pick<GatewayParts, 'audit'>): void {
  app.get(ADMIN_ROUTES.audit, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'Audit log', DESCRIPTION),
      querystring: auditQuerySchema,
      response: { 200: successEnvelope(auditAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const { entries, cursor } = audit.list(request.query)
      return ok({ entries: [...entries], cursor })
    },
  })
}
