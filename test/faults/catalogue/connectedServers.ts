import { createAdminClient } from '../../../src/client/index.ts'
import type { AdminServer } from '../../../src/protocol/admin/index.ts'
import type { World } from '../rig/world.ts'

/** What an operator sees of the servers; undefined when the gateway did not answer. */
export async function serversNow(world: World): Promise<readonly AdminServer[] | undefined> {
  const admin = createAdminClient({ baseUrl: world.gateway.url, token: world.credentials.adminToken, language: 'en' })
  const answer = await admin.servers.list().catch(() => undefined)
  return answer?.servers
}
