import { createReadStream } from 'node:fs'
import type { TaskOutput } from '../../../protocol/task/index.ts'
import { probeMedia, probeResult } from '../../../shared/node/index.ts'
import type { PoolPort } from '../../pool/port.ts'
import type { StoredTask } from '../../queue/port.ts'

/**
 * Looks at what came from a server, which checks nothing, and puts it into the tenant's pool. Throws RESULT_INVALID, DISK_FULL.
 */
export async function publishResult(
  pool: Pick<PoolPort, 'open' | 'put'>,
  task: StoredTask,
  path: string,
  signal: AbortSignal,
): Promise<TaskOutput> {
  const probe = await probeResult(path, { signal, voiceMs: await voiceMsOf(pool, task, signal) })
  const declared = { ext: '.mp4', sizeBytes: probe.sizeBytes, origin: 'result' } as const
  const source = createReadStream(path, { signal })
  // Of a run that is given up right now it breaks before the pool listens; whoever reads it is told all the same.
  source.on('error', () => undefined)
  try {
    const file = await pool.put(task.tenant, declared, source)
    const { width = 0, height = 0, fps = 0 } = probe.video ?? {}
    return { ...file, duration_ms: probe.durationMs, width, height, fps }
  } finally {
    // Refused unread it would stay open, and so would its room on a disk that is full.
    source.destroy()
  }
}

/** Of the file itself; what the submitter said only where it cannot be read here. */
async function voiceMsOf(pool: Pick<PoolPort, 'open'>, task: StoredTask, signal: AbortSignal): Promise<number | null> {
  if (!('audio' in task.payload)) return null
  try {
    const voice = await pool.open(task.tenant, task.payload.audio.md5)
    if (voice !== undefined) return (await probeMedia(voice.path, { signal })).durationMs
  } catch {
    signal.throwIfAborted()
  }
  return task.voiceMs
}
