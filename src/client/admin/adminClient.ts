import type { z } from 'zod'
import {
  addKeyAnswerSchema,
  ADMIN_ROUTES,
  adminPath,
  adminQueueSchema,
  adminServerAnswerSchema,
  adminServerSchema,
  adminServersAnswerSchema,
  adminTaskAnswerSchema,
  adminTasksAnswerSchema,
  auditAnswerSchema,
  gatewaySettingsSchema,
  keysAnswerSchema,
  POWER_HOOK_MAX_MS,
  revokeAnswerSchema,
} from '../../protocol/admin/index.ts'
import { powerResultSchema } from '../../protocol/dsp/index.ts'
import { successEnvelope } from '../../protocol/http/index.ts'
import { createSender, post } from '../gateway/sender.ts'
import type { GatewayClientOptions, Send } from '../gateway/sender.ts'
import type { AdminClient } from './port.ts'

const ACT: RequestInit = { method: 'POST' }
/** A hook may take all of its time, and is given some to end; before it the gateway finishes what it is giving out. */
const POWER_TIMEOUT_MS = POWER_HOOK_MAX_MS + 15_000

/** Opens nothing: each call is a request of its own. */
export function createAdminClient(options: GatewayClientOptions): AdminClient {
  const data = asker(createSender(options))
  const slowData = asker(createSender({ ...options, timeoutMs: POWER_TIMEOUT_MS }))
  return {
    host: new URL(options.baseUrl).host,
    servers: servers(data, slowData),
    tasks: tasks(data),
    queue: {
      statistics: () => data(ADMIN_ROUTES.queue, {}, adminQueueSchema),
      pause: () => data(ADMIN_ROUTES.queuePause, ACT, adminQueueSchema),
      resume: () => data(ADMIN_ROUTES.queueResume, ACT, adminQueueSchema),
    },
    keys: {
      list: async () => (await data(ADMIN_ROUTES.keys, {}, keysAnswerSchema)).keys,
      add: (key) => data(ADMIN_ROUTES.keys, post(key), addKeyAnswerSchema),
      revoke: (key_id) => data(adminPath(ADMIN_ROUTES.keyRevoke, { key_id }), ACT, revokeAnswerSchema),
    },
    settings: {
      read: () => data(ADMIN_ROUTES.settings, {}, gatewaySettingsSchema),
      change: (patch) => data(ADMIN_ROUTES.settings, post(patch, 'PATCH'), gatewaySettingsSchema),
    },
    audit: (query) => data(`${ADMIN_ROUTES.audit}?${toQuery(query)}`, {}, auditAnswerSchema),
  }
}

type Ask = <T>(path: string, init: RequestInit, schema: z.ZodType<T>) => Promise<T>

function asker(send: Send): Ask {
  return async <T>(path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> => {
    const envelope: z.ZodType<{ code: 0; msg: string; data: T }> = successEnvelope(schema)
    return (await send(path, init, envelope)).data
  }
}

function servers(data: Ask, slowData: Ask): AdminClient['servers'] {
  const at = (route: string, server_id: string): string => adminPath(route, { server_id })
  return {
    list: () => data(ADMIN_ROUTES.servers, {}, adminServersAnswerSchema),
    show: (id) => data(at(ADMIN_ROUTES.server, id), {}, adminServerAnswerSchema),
    drain: (id) => data(at(ADMIN_ROUTES.serverDrain, id), ACT, adminServerSchema),
    resume: (id) => data(at(ADMIN_ROUTES.serverResume, id), ACT, adminServerSchema),
    remove: (id) => data(at(ADMIN_ROUTES.server, id), { method: 'DELETE' }, adminServerSchema),
    power: (action, serverId) =>
      slowData(
        ADMIN_ROUTES.power,
        post({ action, ...(serverId === null ? {} : { server_id: serverId }) }),
        powerResultSchema,
      ),
  }
}

function tasks(data: Ask): AdminClient['tasks'] {
  const one = async (route: string, task_id: string, init: RequestInit) =>
    (await data(adminPath(route, { task_id }), init, adminTaskAnswerSchema)).task
  return {
    list: ({ states, ...query }) => {
      const state = states === undefined ? {} : { state: states.join(',') }
      return data(`${ADMIN_ROUTES.tasks}?${toQuery({ ...query, ...state })}`, {}, adminTasksAnswerSchema)
    },
    show: (id) => one(ADMIN_ROUTES.task, id, {}),
    cancel: (id) => one(ADMIN_ROUTES.taskCancel, id, ACT),
    retry: (id, requestId) =>
      one(ADMIN_ROUTES.taskRetry, id, post(requestId === undefined ? {} : { request_id: requestId })),
    setPriority: (id, priority) => one(ADMIN_ROUTES.taskPriority, id, post({ priority })),
    moveToFront: (id) => one(ADMIN_ROUTES.taskFront, id, ACT),
  }
}

function toQuery(query: Readonly<Record<string, string | number | undefined>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  return parameters.toString()
}
