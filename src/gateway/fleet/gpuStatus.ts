import type { GpuStatus } from '../../protocol/events/index.ts'
import type { GpuServer } from './port.ts'

/** All servers as one: what is online, what they can run at once, and each engine once. Pure. */
export function gpuStatusOf(servers: readonly GpuServer[], isStarting: boolean): GpuStatus {
  const engines = new Map<string, GpuStatus['engines'][number]>()
  let workers = 0
  let slots = 0
  for (const server of servers) {
    if (server.state !== 'online') continue
    workers += 1
    slots += server.limit
    for (const engine of server.engines) {
      // One ready copy of an engine is enough for it to be offered.
      if (engines.get(engine.name)?.ready !== true) engines.set(engine.name, engine)
    }
  }
  const away = isStarting ? 'starting' : 'offline'
  return { status: workers > 0 ? 'online' : away, workers, slots, engines: [...engines.values()] }
}
