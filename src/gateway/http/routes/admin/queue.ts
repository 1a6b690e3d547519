import { ADMIN_ROUTES, adminQueueSchema } from '../../../../protocol/admin/index.ts'
import type { AdminQueue } from '../../../../protocol/admin/index.ts'
import { successEnvelope } from '../../../../protocol/http/index.ts'
import type { GatewayParts } from '../../../parts.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { about, REFUSALS } from '../describe.ts'
import { WITHOUT_BODY, ok } from './access.ts'

/** The queue as a whole. */
export function adminQueueRoutes(app: GatewayApp, parts: GatewayParts): void {
  const answer = { 200: successEnvelope(adminQueueSchema), ...REFUSALS }
  app.get(ADMIN_ROUTES.queue, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'The queue', 'What waits and runs, by state, class and tenant, and for how long.'),
      response: answer,
    },
    handler: async () => ok(await statistics(parts)),
  })
  const switches = [
    {
      ...{ url: ADMIN_ROUTES.queuePause, paused: true, summary: 'Pause the queue' },
      description: 'Nothing more is given to workers, also after a restart. Submits, running tasks and cancels go on.',
    },
    { url: ADMIN_ROUTES.queueResume, paused: false, summary: 'Resume the queue', description: 'Ends a pause.' },
  ]
  for (const { url, paused, summary, description } of switches) {
    app.post(url, {
      config: WITHOUT_BODY,
      schema: { ...about('operators', summary, description), response: answer },
      handler: async (request) => {
        const before = await parts.queueAdmin.isPaused()
        await parts.queueAdmin.setPaused(paused)
        request.auditChange = { before: { paused: before }, after: { paused } }
        if (!paused) void parts.dispatcher.kick()
        return ok(await statistics(parts))
      },
    })
  }
}

async function statistics({ queueAdmin, store }: Pick<GatewayParts, 'queueAdmin' | 'store'>): Promise<AdminQueue> {
  const now = await queueAdmin.statistics()
  const restored = store.restored()
  const lastBackupMs = store.lastBackupMs()
  return {
    paused: now.paused,
    by_state: { ...now.byState },
    by_class: { ...now.byClass },
    backing_off: now.backingOff,
    suspects: now.suspects,
    targeted: now.targeted,
    oldest_wait_seconds: now.oldestQueuedMs === null ? null : now.oldestQueuedMs / 1000,
    last_backup_at: seconds(lastBackupMs),
    restored: restored === undefined ? null : { at: restored.atMs / 1000, state_of: seconds(restored.backupAtMs) },
    tenants: now.tenants.map(({ tenant, queued, live }) => ({ tenant, queued, running: live })),
  }
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
