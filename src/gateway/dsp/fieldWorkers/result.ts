import { createReadStream } from 'node:fs'
import type { TaskOutput } from '../../../protocol/task/index.ts'
import { AppError } from '../../../shared/index.ts'
import type { MediaProbe } from '../../../shared/index.ts'
import { probeMedia } from '../../../shared/node/index.ts'
import type { PoolPort } from '../../pool/port.ts'
import type { StoredTask } from '../../queue/port.ts'

/** Servers round to whole frames and sound blocks; more than this is another length. */
const TOLERANCE_MS = 1_000

/**
 * Looks at what came from a server, which checks nothing, and puts it into the tenant's pool. Throws RESULT_INVALID, DISK_FULL.
 */
export async function publishResult(
  pool: Pick<PoolPort, 'open' | 'put'>,
  task: StoredTask,
  path: string,
  signal: AbortSignal,
): Promise<TaskOutput> {
  const probe = await probeResult(path, signal)
  const problem = problemOf(probe, await voiceMsOf(pool, task, signal))
  if (problem !== undefined) throw invalid(problem)
  const declared = { ext: '.mp4', sizeBytes: probe.sizeBytes, origin: 'result' } as const
  const file = await pool.put(task.tenant, declared, createReadStream(path, { signal }))
  const { width = 0, height = 0, fps = 0 } = probe.video ?? {}
  return { ...file, duration_ms: probe.durationMs, width, height, fps }
}

async function probeResult(path: string, signal: AbortSignal): Promise<MediaProbe> {
  try {
    return await probeMedia(path, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw invalid(error instanceof Error ? error.message : String(error))
  }
}

/** Pure: what is wrong with a result, if anything. `voiceMs` null: nobody knows how long it must be. */
export function problemOf(probe: MediaProbe, voiceMs: number | null): string | undefined {
  if (probe.container !== 'mp4' && probe.container !== 'mov') return `the container is ${probe.container}`
  if (probe.video === undefined) return 'there is no picture'
  if (probe.audio === undefined) return 'there is no sound'
  if (voiceMs !== null && Math.abs(probe.durationMs - voiceMs) > TOLERANCE_MS) {
    return `it lasts ${String(Math.round(probe.durationMs))} ms, the voice ${String(Math.round(voiceMs))} ms`
  }
  return undefined
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

export function invalid(detail: string): AppError {
  return new AppError('RESULT_INVALID', { message: detail, data: { detail }, retryable: true })
}
