import { mkdir, rm } from 'node:fs/promises'
import type { PoolClient } from '../../client/index.ts'
import type { Job, JobInput } from '../../protocol/dsp/index.ts'
import { AppError, faultPoint } from '../../shared/index.ts'
import { probeMedia, probeResult, publishFile } from '../../shared/node/index.ts'
import type { FileHasher } from '../../shared/node/index.ts'
import type { Engine } from '../engines/port.ts'
import type { InputCache, PinnedInput } from '../inputs/inputCache.ts'
import type { Outcome } from './journal.ts'
import type { RunProgress } from './progressReporter.ts'

export interface RunDeps {
  readonly engine: Engine
  readonly cache: InputCache
  readonly pool: PoolClient
  readonly hasher: FileHasher
  readonly workDir: string
  /** Where the finished file goes; on the same file system as `workDir`. */
  readonly spoolPath: string
}

export interface RunEvents {
  readonly report: (progress: RunProgress) => void
  /** Bytes of the inputs that have arrived so far. */
  readonly onMoved: (movedBytes: number) => void
}

/**
 * One run: inputs → engine → verified, durable output with its digests. Throws what went wrong, or the signal's
 * reason; then nothing is left of it.
 */
export async function runTask(
  deps: RunDeps,
  job: Job,
  signal: AbortSignal,
  { report, onMoved }: RunEvents,
): Promise<Outcome> {
  const pinned: PinnedInput[] = []
  try {
    report({ stage: 'inputs', percent: null, frame: null, totalFrames: null })
    let arrivedBytes = 0
    const fetch = async (role: JobInput['role']): Promise<string> => {
      const wanted = inputOf(job, role)
      const onProgress = (receivedBytes: number): void => {
        onMoved(arrivedBytes + receivedBytes)
      }
      const input = await deps.cache.acquire(wanted, { pool: deps.pool, signal, onProgress })
      arrivedBytes += wanted.size
      pinned.push(input)
      return input.path
    }
    const avatarPath = await fetch('video')
    const voicePath = await fetch('audio')
    signal.throwIfAborted()
    await mkdir(deps.workDir, { recursive: true, mode: 0o700 })
    const { options } = job
    const { outputPath } = await deps.engine.run({
      ...{ avatarPath, voicePath, options, signal },
      report: (progress) => {
        report(progress)
        faultPoint('worker.mid_run')
      },
      workDir: deps.workDir,
    })
    faultPoint('worker.output_written')
    return await toOutcome(deps, outputPath, voicePath, signal)
  } finally {
    for (const input of pinned) input.release()
    await rm(deps.workDir, { recursive: true, force: true })
  }
}

async function toOutcome(deps: RunDeps, outputPath: string, voicePath: string, signal: AbortSignal): Promise<Outcome> {
  const { durationMs: voiceMs } = await probeMedia(voicePath, { signal })
  const probe = await probeResult(outputPath, { signal, voiceMs })
  const { md5, sha256, sizeBytes } = await deps.hasher.hash(outputPath, { signal })
  await publishFile(outputPath, deps.spoolPath)
  return {
    kind: 'succeeded',
    engine: deps.engine.name,
    output: {
      ...{ md5, sha256, ext: '.mp4', size: sizeBytes, duration_ms: probe.durationMs },
      width: probe.video?.width ?? 0,
      height: probe.video?.height ?? 0,
      fps: probe.video?.fps ?? 0,
    },
  }
}

function inputOf(job: Job, role: JobInput['role']): JobInput {
  const input = job.inputs.find((candidate) => candidate.role === role)
  if (input !== undefined) return input
  throw new AppError('INPUT_MISSING', { message: `the job has no ${role}`, data: { missing: role } })
}
