import type { FastifyRequest } from 'fastify'
import { ADMIN_ROUTES, gatewaySettingsSchema, settingsPatchSchema } from '../../../../protocol/admin/index.ts'
import type { GatewaySettings, SettingsPatch } from '../../../../protocol/admin/index.ts'
import { successEnvelope } from '../../../../protocol/http/index.ts'
import type { GatewayParts } from '../../../parts.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { about, REFUSALS } from '../describe.ts'
import { WITHOUT_BODY, WITH_JSON, ok } from './access.ts'

const DESCRIPTION = 'What is named changes, at once and for good; the rest stays. The log keeps the old and new values.'

/** Settings that change while the gateway runs. */
export function adminSettingsRoutes(app: GatewayApp, parts: GatewayParts): void {
  const answer = { 200: successEnvelope(gatewaySettingsSchema), ...REFUSALS }
  app.get(ADMIN_ROUTES.settings, {
    config: WITHOUT_BODY,
    schema: { ...about('operators', 'Settings', 'Limits, retention, strategy, adaptive limits.'), response: answer },
    handler: async () => ok(parts.settings.current()),
  })
  app.patch(ADMIN_ROUTES.settings, {
    config: WITH_JSON,
    schema: {
      ...about('operators', 'Change settings', DESCRIPTION),
      body: settingsPatchSchema,
      response: answer,
    },
    handler: async (request) => ok(changeSettings(parts, request, request.body)),
  })
}

/** Changes them, notes what changed for the audit log, and lets dispatch act on it. */
export function changeSettings(
  { settings, dispatcher }: Pick<GatewayParts, 'settings' | 'dispatcher'>,
  request: FastifyRequest,
  patch: SettingsPatch,
): GatewaySettings {
  const { before, after } = settings.change(patch)
  const names = Object.keys(patch)
  const only = (values: GatewaySettings) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
  request.auditChange = { before: only(before), after: only(after) }
  void dispatcher.kick()
  return after
}
