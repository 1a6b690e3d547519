import type { GpuStatus } from '../../protocol/events/index.ts'
import type { GpuServer } from './port.ts'

/** All servers as one: what is online, what they can run at once, and each engine once. Pure. */
export function gpuStatusOf(servers: readonly GpuServer[], isStarting: boolean): GpuStatus {
  const online = servers.filter((server) => server.state === 'online')
  const engines = new Map<string, GpuStatus['engines'][number]>()
  for (const engine of online.flatMap((server) => server.engines)) {
    // One ready copy of an engine is enough for it to be offered.
    if (engines.get(engine.name)?.ready !== true) engines.set(engine.name, engine)
  }
  const away = isStarting ? 'starting' : 'offline'
  return {
    status: online.length > 0 ? 'online' : away,
    workers: online.length,
    slots: online.reduce((sum, server) => sum + server.limit, 0),
    engines: [...engines.values()],
  }
}
