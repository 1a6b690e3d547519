/** Paths of the operators' routes, named once for both ends. `:name` is filled in by `adminPath`. */
export const ADMIN_ROUTES = {
  servers: '/api/admin/servers',
  server: '/api/admin/servers/:server_id',
  serverDrain: '/api/admin/servers/:server_id/drain',
  serverResume: '/api/admin/servers/:server_id/resume',
  /** Which server gets the next task. */
  strategy: '/api/admin/servers/strategy',
  /** One server, or (without `server_id` in the body) whichever the hook chooses. */
  power: '/api/admin/power',
  tasks: '/api/admin/tasks',
  task: '/api/admin/tasks/:task_id',
  taskCancel: '/api/admin/tasks/:task_id/cancel',
  taskRetry: '/api/admin/tasks/:task_id/retry',
  taskPriority: '/api/admin/tasks/:task_id/priority',
  taskFront: '/api/admin/tasks/:task_id/front',
  queue: '/api/admin/queue',
  queuePause: '/api/admin/queue/pause',
  queueResume: '/api/admin/queue/resume',
  keys: '/api/admin/keys',
  keyRevoke: '/api/admin/keys/:key_id/revoke',
  settings: '/api/admin/settings',
  audit: '/api/admin/audit',
} as const

/** A route with its names filled in. */
export function adminPath(route: string, values: Readonly<Record<string, string>>): string {
  return route.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}
