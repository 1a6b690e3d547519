import type { PoolFile } from '../../protocol/files/index.ts'
import type { StoredTask } from '../queue/port.ts'

const FILE: Omit<PoolFile, 'ext'> = { md5: 'a'.repeat(32), sha256: 'b'.repeat(64), size: 1 }

/** A stored task for pure tests; what matters to one is given. */
export function storedTask(given: Partial<StoredTask> = {}): StoredTask {
  return {
    id: `t_${'1'.repeat(32)}`,
    tenant: 't-one',
    requestId: 'request-one',
    taskType: 'heygem_submit',
    priority: 'normal',
    state: 'queued',
    epoch: 1,
    workerId: null,
    serverId: null,
    leaseUntilMs: null,
    notBeforeMs: 0,
    attempts: 0,
    stalls: 0,
    version: 1,
    payload: { audio: { ...FILE, ext: '.wav' }, video: { ...FILE, ext: '.mp4' }, options: {} },
    stage: null,
    progress: null,
    frame: null,
    totalFrames: null,
    engine: null,
    output: null,
    lateOutput: null,
    failure: null,
    retryOf: null,
    targetWorker: null,
    voiceMs: null,
    createdAtMs: 1_700_000_000_000,
    startedAtMs: null,
    finishedAtMs: null,
    expiresAtMs: null,
    expiresSoon: false,
    ...given,
  }
}
