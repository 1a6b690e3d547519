import { readdir } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Registry } from 'prom-client'
import { addGauge, addNumber } from './gauge.ts'

const NS_PER_S = 1e9
/** Finer costs an idle gateway more than it tells: 10 ms a third of a per cent of a core, this a twelfth. */
const RESOLUTION_MS = 50

/** This process, under the names that every Prometheus dashboard knows. */
export function addProcessGauges(registry: Registry, version: string): () => void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  const startedS = Date.now() / 1000 - process.uptime()
  addGauge(registry, { name: 'dhs_build_info', help: 'Always 1.', labels: ['version'] }, () => [[{ version }, 1]])
  const numbers: readonly (readonly [name: string, help: string, read: () => number])[] = [
    ['process_start_time_seconds', 'When this process began, Unix seconds.', () => startedS],
    ['process_cpu_seconds_total', 'Processor time used.', () => cpuSeconds()],
    ['process_resident_memory_bytes', 'Memory that this process occupies.', () => process.memoryUsage.rss()],
    ['nodejs_heap_size_used_bytes', 'Memory of JavaScript objects.', () => process.memoryUsage().heapUsed],
    ['nodejs_external_memory_bytes', 'Memory of buffers and the like.', () => process.memoryUsage().external],
  ]
  for (const [name, help, read] of numbers) addNumber(registry, { name, help }, read)
  addNumber(registry, { name: 'process_open_fds', help: 'Open files and sockets.' }, openFiles)
  addGauge(
    registry,
    {
      name: 'dhs_event_loop_delay_seconds',
      help: 'How late the event loop was since the last scrape, by quantile.',
      labels: ['quantile'],
    },
    () => {
      const read = (quantile: number): number =>
        Math.max(0, delays.percentile(quantile * 100) / NS_PER_S - RESOLUTION_MS / 1000)
      const samples = [0.5, 0.99, 1].map((quantile) => [{ quantile: String(quantile) }, read(quantile)] as const)
      delays.reset()
      return samples
    },
  )
  return () => {
    delays.disable()
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Null where the system does not tell. */
async function openFiles(): Promise<number | null> {
  try {
    return (await readdir('/proc/self/fd')).length
  } catch {
    return null
  }
}
