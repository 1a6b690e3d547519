import type { GatewayParts } from '../../../parts.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { auditCalls } from './auditCalls.ts'
import { adminAuditRoutes } from './audit.ts'
import { adminKeyRoutes } from './keys.ts'
import { adminPowerRoutes } from './power.ts'
import { adminQueueRoutes } from './queue.ts'
import { adminServerRoutes } from './servers.ts'
import { adminSettingsRoutes } from './settings.ts'
import { adminTaskRoutes } from './tasks.ts'

/** What operators do: with the admin token only, under a rate of their own, each call in the audit log. */
export async function adminRoutes(app: GatewayApp, parts: GatewayParts): Promise<void> {
  await app.register(async (scope: GatewayApp) => {
    auditCalls(scope, parts)
    adminServerRoutes(scope, parts)
    adminPowerRoutes(scope, parts)
    adminTaskRoutes(scope, parts)
    adminQueueRoutes(scope, parts)
    adminKeyRoutes(scope, parts)
    adminSettingsRoutes(scope, parts)
    adminAuditRoutes(scope, parts)
  })
}
