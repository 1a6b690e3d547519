import type { GpuServer } from './port.ts'

/** Online, with an engine that is ready and nothing else in the way: what it is given it runs, when it has room. */
export function takesTasks(server: Pick<GpuServer, 'reasons'>): boolean {
  return server.reasons.length === 0
}
