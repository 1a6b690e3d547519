import type { GpuServer } from '../fleet/port.ts'

/** A server that is online, ready and free, but for what a test changes. */
export function gpuServer(over: Partial<GpuServer> = {}): GpuServer {
  return {
    ...{ serverId: 'GPU-001', workerId: 'worker-1', name: 'one', state: 'online', slots: 1, limit: 1, held: 0 },
    engines: [{ name: 'preview', version: '1', ready: true, features: [], lip_sync: false }],
    ...{ taskTypes: ['heygem_submit'], kinds: ['heygem_submit'], knownKinds: ['heygem_submit'] },
    ...{ isDrained: false, load: null, connectedSinceMs: 0, lastSeenMs: 0, reasons: [] },
    ...over,
  }
}
