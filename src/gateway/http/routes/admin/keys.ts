import {
  addKeyAnswerSchema,
  addKeyBodySchema,
  ADMIN_ROUTES,
  keyIdParamsSchema,
  keysAnswerSchema,
  revokeAnswerSchema,
} from '../../../../protocol/admin/index.ts'
import type { LicenceKeyView } from '../../../../protocol/admin/index.ts'
import { successEnvelope } from '../../../../protocol/http/index.ts'
import { AppError } from '../../../../shared/index.ts'
import type { LicenceKey } from '../../../auth/port.ts'
import type { GatewayParts } from '../../../parts.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { about, REFUSALS } from '../describe.ts'
import { WITHOUT_BODY, WITH_JSON, ok } from './access.ts'

/** Licence keys of tenants. */
export function adminKeyRoutes(app: GatewayApp, parts: GatewayParts): void {
  const { keys } = parts.auth
  app.get(ADMIN_ROUTES.keys, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'Licence keys', 'All of them, revoked ones too, without the keys themselves.'),
      response: { 200: successEnvelope(keysAnswerSchema), ...REFUSALS },
    },
    handler: async () => ok({ keys: keys.list().map(keyView) }),
  })
  app.post(ADMIN_ROUTES.keys, {
    config: WITH_JSON,
    schema: {
      ...about('operators', 'Add a licence key', 'The key itself is in this one answer and stored nowhere.'),
      body: addKeyBodySchema,
      response: { 200: successEnvelope(addKeyAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const { key, secret, isNewTenant } = keys.add(request.body)
      request.auditChange = { before: {}, after: { key_id: key.id, tenant: key.tenant } }
      return ok({ key: keyView(key), secret, new_tenant: isNewTenant })
    },
  })
  app.post(ADMIN_ROUTES.keyRevoke, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'Revoke a licence key', 'Nothing is opened by it any more; its open sockets are closed.'),
      params: keyIdParamsSchema,
      response: { 200: successEnvelope(revokeAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const outcome = keys.revoke(request.params.key_id)
      if (outcome.kind === 'missing') throw new AppError('KEY_NOT_FOUND')
      if (outcome.kind === 'of_the_file') throw new AppError('KEY_OF_THE_FILE')
      const already = outcome.kind === 'already'
      request.auditChange = { before: { revoked: already }, after: { revoked: true } }
      return ok({ key: keyView(outcome.key), already })
    },
  })
}

function keyView(key: LicenceKey): LicenceKeyView {
  return {
    key_id: key.id,
    tenant: key.tenant,
    name: key.name,
    source: key.source,
    created_at: key.createdMs / 1000,
    last_used_day: key.lastUsedDay,
    revoked_at: key.revokedMs === null ? null : key.revokedMs / 1000,
  }
}
