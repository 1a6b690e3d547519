import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../index.ts'
import { publishFile, shortFolder } from '../files/index.ts'
import { runChild } from '../process/index.ts'
import type { ChildResult } from '../process/index.ts'
import { toFfmpegError } from './ffmpegError.ts'
import type { FfmpegTools } from './locateFfmpeg.ts'
import { ADDRESS_SPACE_BYTES, GLOBAL_ARGS, INPUT_ARGS } from './profile.ts'
import { createProgressReader } from './progress.ts'
import type { FfmpegProgress, ProgressReader } from './progress.ts'
import { createWorkDir } from './workDir.ts'

export interface FfmpegInput {
  readonly path: string
  /** Options of this input, put before it ("-stream_loop", "-1"). Written by us, never by a person. */
  readonly options?: readonly string[]
}

export interface FfmpegJob {
  readonly tools: FfmpegTools
  readonly inputs: readonly FfmpegInput[]
  /** Output options, between the inputs and the output. */
  readonly args: readonly string[]
  readonly output: {
    readonly path: string
    /** Muxer name ("mp4"). */
    readonly format: string
  }
  readonly limits: { readonly maxBytes: number; readonly maxSeconds: number; readonly wallMs: number }
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: FfmpegProgress) => void
  /** Looks at the finished file before it gets its name; throwing discards it. */
  readonly verify?: (tmpPath: string) => Promise<void>
  /** Kill at once (0, the default) or give FFmpeg time to finish its file. */
  readonly killGraceMs?: number
}

export interface FfmpegResult {
  readonly sizeBytes: number
  /** Length of what was written, by FFmpeg's own count. */
  readonly outTimeMs: number
}

/** A cut-off output still has to get its index and trailer written below the kernel's limit. */
const FILE_SIZE_SLACK_BYTES = 64 * 1024 * 1024

/**
 * One FFmpeg run on files from outside, in a private folder, with limits. The output appears under its name only when
 * complete. Throws FILE_*, MEDIA_*, CODEC_UNSUPPORTED, DISK_FULL, FFMPEG_FAILED, or the signal's reason.
 */
export async function runFfmpeg(job: FfmpegJob): Promise<FfmpegResult> {
  job.signal?.throwIfAborted()
  const workDir = await createWorkDir(dirname(job.output.path))
  try {
    const names: string[] = []
    for (const input of job.inputs) names.push(await workDir.bring(input.path))
    const outputName = 'output'
    const progress = createProgressReader((report) => {
      if (job.signal?.aborted !== true) job.onProgress?.(report)
    })
    const result = await runChild({
      command: job.tools.path,
      args: toArgs(job, names, outputName),
      cwd: workDir.path,
      timeoutMs: job.limits.wallMs,
      killGraceMs: job.killGraceMs ?? 0,
      limits: {
        addressSpaceBytes: ADDRESS_SPACE_BYTES,
        fileSizeBytes: job.limits.maxBytes + FILE_SIZE_SLACK_BYTES,
      },
      onStdoutLine: progress.push,
      ...(job.signal === undefined ? {} : { signal: job.signal }),
    })
    const tmpPath = join(workDir.path, outputName)
    const sizeBytes = await checkOutput(job, result, tmpPath, progress)
    await job.verify?.(tmpPath)
    job.signal?.throwIfAborted()
    await publishFile(tmpPath, job.output.path)
    return { sizeBytes, outTimeMs: progress.outTimeMs }
  } finally {
    await workDir.remove()
  }
}

function toArgs(job: FfmpegJob, names: readonly string[], outputName: string): string[] {
  const inputs = job.inputs.flatMap((input, index) => [
    ...INPUT_ARGS,
    ...(input.options ?? []),
    '-i',
    `file:${names[index] ?? ''}`,
  ])
  const limits = ['-fs', String(job.limits.maxBytes), '-t', String(job.limits.maxSeconds)]
  return [
    ...['-nostdin', '-nostats', '-loglevel', 'warning', '-progress', 'pipe:1'],
    ...GLOBAL_ARGS,
    ...inputs,
    ...job.args,
    ...limits,
    ...['-f', job.output.format, '-y', `file:${outputName}`],
  ]
}

async function checkOutput(
  job: FfmpegJob,
  result: ChildResult,
  tmpPath: string,
  progress: ProgressReader,
): Promise<number> {
  if (result.isTimedOut) throw limitError('wallMs', job.limits.wallMs)
  if (result.code !== 0) throw toFfmpegError(result, shortFolder(dirname(job.output.path)))
  const { size } = await stat(tmpPath)
  // FFmpeg ends with code 0 when -fs cuts the output; a cut video must not pass for a finished one.
  if (Math.max(size, progress.totalBytes) >= job.limits.maxBytes) throw limitError('maxBytes', job.limits.maxBytes)
  if (size === 0) throw toFfmpegError({ ...result, stderrTail: 'no output' })
  return size
}

/** In signs that need no translation. */
const SHOWN_LIMIT = {
  wallMs: (value: number) => `≤ ${String(value / 1_000)} s`,
  maxBytes: (value: number) => `≤ ${String(Number((value / 1_000_000).toPrecision(3)))} MB`,
} as const

function limitError(limit: keyof typeof SHOWN_LIMIT, value: number): AppError {
  return new AppError('MEDIA_LIMIT', {
    message: `FFmpeg reached the limit ${limit} = ${String(value)}`,
    data: { limit: SHOWN_LIMIT[limit](value), max: value },
  })
}
