import type { Registry } from 'prom-client'
import { POWER_STATES } from '../../protocol/dsp/index.ts'
import type { Fleet, GpuServer, ServerLoad, ServerState } from '../fleet/port.ts'
import type { PowerControl } from '../power/index.ts'
import { addGauge } from './gauge.ts'
import type { Sample } from './gauge.ts'

const SERVER_STATES: readonly ServerState[] = ['online', 'suspect', 'offline', 'draining']
/** More servers than this are only counted. */
const MAX_SERVERS = 1_000

type Gpu = ServerLoad['gpus'][number]

/** How the servers stand, as their last heartbeats told. */
export function addFleetGauges(registry: Registry, fleet: Fleet, power: Pick<PowerControl, 'state'>): void {
  addGauge(registry, { name: 'dhs_servers', help: 'Known GPU servers by state.', labels: ['state'] }, () =>
    SERVER_STATES.map((state) => [{ state }, fleet.list().filter((server) => server.state === state).length]),
  )
  addGauge(
    registry,
    { name: 'dhs_gpu_power', help: '1 for the state that all GPUs together are in.', labels: ['state'] },
    () => POWER_STATES.map((state) => [{ state }, Number(power.state() === state)]),
  )
  const perServer = (name: string, help: string, read: (server: GpuServer) => number | null): void => {
    addGauge(registry, { name, help, labels: ['server'] }, () => serverSamples(fleet.list(), read))
  }
  perServer('dhs_server_up', '1 while it takes tasks, 0 while it is suspect, draining or away.', ({ state }) =>
    Number(state === 'online'),
  )
  perServer(
    'dhs_server_slots',
    'Tasks at once that it declared.',
    connected(({ slots }) => slots),
  )
  perServer(
    'dhs_server_limit',
    'Tasks at once that it gets now: fewer while it is overloaded.',
    connected(({ limit }) => limit),
  )
  perServer('dhs_server_held', 'Live leases.', ({ held }) => held)
  perServer('dhs_server_cpu_ratio', 'Use of its processors, 0 to 1.', ({ load }) => load?.cpu ?? null)
  perServer('dhs_server_memory_used_bytes', 'Memory in use.', ({ load }) => load?.mem_used ?? null)
  const perGpu = (name: string, help: string, read: (gpu: Gpu) => number | null): void => {
    addGauge(registry, { name, help, labels: ['server', 'gpu', 'name'] }, () => gpuSamples(fleet.list(), read))
  }
  perGpu('dhs_gpu_utilization_ratio', 'Use of a GPU, 0 to 1.', ({ util }) => util)
  perGpu('dhs_gpu_memory_used_bytes', 'Memory of a GPU in use.', (gpu) => gpu.mem_used)
  perGpu('dhs_gpu_memory_total_bytes', 'Memory of a GPU.', (gpu) => gpu.mem_total)
  perGpu('dhs_gpu_temperature_celsius', 'Temperature of a GPU.', ({ temp }) => temp)
}

function connected(read: (server: GpuServer) => number): (server: GpuServer) => number | null {
  return (server) => (server.connectedSinceMs === null ? null : read(server))
}

function serverSamples(
  servers: readonly GpuServer[],
  read: (server: GpuServer) => number | null,
): readonly Sample<'server'>[] {
  return servers.slice(0, MAX_SERVERS).flatMap((server) => {
    const value = read(server)
    return value === null ? [] : [[{ server: server.serverId }, value]]
  })
}

function gpuSamples(
  servers: readonly GpuServer[],
  read: (gpu: Gpu) => number | null,
): readonly Sample<'server' | 'gpu' | 'name'>[] {
  return servers.slice(0, MAX_SERVERS).flatMap(({ serverId, load, connectedSinceMs }) => {
    // What a server that is away said last is not how it is now.
    const gpus = connectedSinceMs === null ? [] : (load?.gpus ?? [])
    return gpus.flatMap((gpu, index): Sample<'server' | 'gpu' | 'name'>[] => {
      const value = read(gpu)
      return value === null ? [] : [[{ server: serverId, gpu: String(index), name: gpu.name }, value]]
    })
  })
}
