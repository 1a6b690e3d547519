import { ADMIN_ROUTES, powerBodySchema } from '../../../../protocol/admin/index.ts'
import { powerResultSchema } from '../../../../protocol/dsp/index.ts'
import { successEnvelope } from '../../../../protocol/http/index.ts'
import { AppError } from '../../../../shared/index.ts'
import type { GatewayParts } from '../../../parts.ts'
import { inLanguage } from '../../../power/index.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { about, REFUSALS } from '../describe.ts'
import { languageOf } from '../languageOf.ts'
import { WITH_JSON, ok } from './access.ts'

const DESCRIPTION =
  'Runs the power hook of the gateway’s command line. A hook that fails is a result with `success: false`. A server ' +
  'that is turned off is drained first; one that still runs tasks is refused (409 SERVER_BUSY).'

/** On and off. What is run is never told here: only the gateway's own command line says it. */
export function adminPowerRoutes(app: GatewayApp, { fleet, power }: GatewayParts): void {
  app.post(ADMIN_ROUTES.power, {
    config: WITH_JSON,
    schema: {
      ...about('operators', 'Power on or off', DESCRIPTION),
      body: powerBodySchema,
      response: { 200: successEnvelope(powerResultSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const { action, server_id: serverId } = request.body
      if (serverId !== null && fleet.get(serverId) === undefined) throw new AppError('SERVER_NOT_FOUND')
      const result = await power.request({ action, serverId, cause: 'operator' })
      return ok(inLanguage(result, languageOf(request.raw)))
    },
  })
}
