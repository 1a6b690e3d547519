import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { MAX_POOL_FILE_BYTES } from '../../../protocol/files/index.ts'
import { runFfmpeg, toWriteError } from '../../../shared/node/index.ts'
import type { FfmpegInput, FfmpegTools } from '../../../shared/node/index.ts'
import { framesIn, rateText, secondsAt } from './frameRate.ts'
import { COPY_STALL_MS, watchStall } from './stall.ts'
import type { PreviewPlan } from './plan.ts'
import type { PassProgress } from './progress.ts'

export interface PassContext {
  readonly tools: FfmpegTools
  readonly plan: PreviewPlan
  readonly workDir: string
  readonly signal: AbortSignal
}

/** Said in the file itself, because a file travels without the app's labels. */
export const PREVIEW_COMMENT = 'Preview: lips are not synced to the voice. 预览：口型未与声音同步。'

/** Decoded frames held in memory while a chunk is turned round. */
const REVERSE_BUFFER_BYTES = 96 * 1024 * 1024
/** What common encoders hold back to reorder. */
const REORDERED_FRAMES = 2
const KEY_FRAME_EVERY_SECONDS = 2
const MIN_WALL_MS = 10 * 60_000
const WALL_PER_OUTPUT = 60

/** The avatar's picture alone, encoded once, as mp4 or as a bare stream that can be put end to end. */
export function encodeForward(
  context: PassContext,
  avatarPath: string,
  target: { readonly name: string; readonly format: 'mp4' | 'h264'; readonly frames: number },
  progress: PassProgress,
): Promise<string> {
  const { plan } = context
  const filter = [
    'setpts=PTS-STARTPTS',
    `fps=${rateText(plan.rate)}`,
    `scale=${plan.width}:${plan.height}:flags=bicubic`,
    'setsar=1',
    'format=yuv420p',
  ].join(',')
  return runPass(context, progress, {
    inputs: [{ path: avatarPath, options: ['-an', '-sn', '-dn'] }],
    args: ['-map', '0:v:0', '-vf', filter, ...videoCodec(plan)],
    ...target,
  })
}

/**
 * The way back, in chunks from the last to the first: turning a clip round needs all its frames in memory, so only as
 * many as the buffer holds are turned at a time, however long the avatar is.
 */
export async function encodeBackward(
  context: PassContext,
  forwardPath: string,
  frames: { readonly from: number; readonly count: number },
  into: string,
  pass: (frames: number) => PassProgress,
): Promise<void> {
  const { plan } = context
  for (const chunk of backwardChunks(frames.from, frames.count, chunkFrames(plan))) {
    const filter = `reverse,setpts=N*${plan.rate.denominator}/${plan.rate.numerator}/TB`
    const chunkPath = await runPass(context, pass(chunk.count), {
      // Half a frame early, so that rounding can never lose the first one.
      inputs: [
        {
          path: forwardPath,
          options: [
            ...(chunk.start === 0 ? [] : ['-ss', secondsAt(chunk.start - 0.5, plan.rate).toFixed(6)]),
            ...['-t', secondsAt(chunk.start === 0 ? chunk.count - 0.5 : chunk.count, plan.rate).toFixed(6)],
          ],
        },
      ],
      args: ['-map', '0:v:0', '-vf', filter, ...videoCodec(plan)],
      name: 'backward.h264',
      format: 'h264',
      frames: chunk.count,
    })
    await appendFile(chunkPath, into, context.signal)
    await rm(chunkPath)
  }
}

export interface Chunk {
  readonly start: number
  readonly count: number
}

/** `count` frames that end before `from`, split into pieces of at most `size`, the last piece first. */
export function backwardChunks(from: number, count: number, size: number): Chunk[] {
  const chunks: Chunk[] = []
  for (let end = from; end > from - count;) {
    const start = Math.max(from - count, end - size)
    chunks.push({ start, count: end - start })
    end = start
  }
  return chunks
}

/** A bare stream put into mp4, so that it can be searched and repeated. */
export function wrapStream(context: PassContext, streamPath: string, name: string, frames: number): Promise<string> {
  const options = ['-format_whitelist', 'h264', '-f', 'h264', '-framerate', rateText(context.plan.rate)]
  return runPass(context, undefined, {
    inputs: [{ path: streamPath, options }],
    args: ['-map', '0:v:0', '-c', 'copy'],
    name,
    format: 'mp4',
    frames,
  })
}

/** The last pass: picture copied and repeated to the voice's length, the voice as its sound. */
export function joinVoice(
  context: PassContext,
  picturePath: string,
  voicePath: string,
  progress: PassProgress,
): Promise<string> {
  const { plan } = context
  // A foreign stream may hold B-frames: cut by decode time it would outlast the voice by the frames still in flight.
  const seconds = plan.durationMs / 1000 - secondsAt(REORDERED_FRAMES, plan.rate)
  const cut = plan.picture.kind === 'copy' && seconds > 0 ? ['-t', seconds.toFixed(6)] : []
  return runPass(context, progress, {
    inputs: [
      { path: picturePath, options: [...(plan.isLooped ? ['-stream_loop', '-1'] : []), ...cut, '-an', '-sn', '-dn'] },
      { path: voicePath, options: ['-vn', '-sn', '-dn'] },
    ],
    args: [
      ...['-map', '0:v:0', '-map', '1:a:0', '-c:v', 'copy', '-tag:v', 'avc1'],
      ...['-c:a', 'aac', '-b:a', '160k', '-ar', '48000', '-ac', String(plan.voiceChannels)],
      ...['-map_metadata', '-1', '-metadata', `comment=${PREVIEW_COMMENT}`, '-movflags', '+faststart'],
    ],
    name: 'preview.mp4',
    format: 'mp4',
    frames: plan.outputFrames,
    stallMs: COPY_STALL_MS,
  })
}

interface Pass {
  readonly inputs: readonly FfmpegInput[]
  readonly args: readonly string[]
  readonly name: string
  readonly format: string
  readonly frames: number
  /** Given up when no picture is written for so long; not set for passes that hold pictures back. */
  readonly stallMs?: number
}

async function runPass(context: PassContext, progress: PassProgress | undefined, pass: Pass): Promise<string> {
  const { plan } = context
  const outputPath = join(context.workDir, pass.name)
  const stall = pass.stallMs === undefined ? undefined : watchStall(pass.stallMs)
  try {
    await runFfmpeg({
      tools: context.tools,
      inputs: pass.inputs,
      args: pass.args,
      output: { path: outputPath, format: pass.format },
      limits: {
        maxBytes: MAX_POOL_FILE_BYTES,
        maxSeconds: Math.min(plan.durationMs / 1000, secondsAt(pass.frames + 1, plan.rate)),
        wallMs: Math.max(MIN_WALL_MS, plan.durationMs * WALL_PER_OUTPUT),
      },
      signal: stall === undefined ? context.signal : AbortSignal.any([context.signal, stall.signal]),
      // By output time: a copy counts frames of the avatar's rate, which may differ a little from the plan's.
      onProgress: ({ outTimeMs, frame }) => {
        stall?.saw(frame)
        progress?.handled(Math.max(framesAt(outTimeMs, plan), frame))
      },
    })
  } finally {
    stall?.stop()
  }
  progress?.done()
  return outputPath
}

function framesAt(outTimeMs: number, plan: PreviewPlan): number {
  return outTimeMs <= 0 ? 0 : framesIn(outTimeMs, plan.rate)
}

/** No B-frames: then decode order is display order, and repeating or joining the stream leaves no seam. */
function videoCodec(plan: PreviewPlan): string[] {
  const keyEvery = framesIn(KEY_FRAME_EVERY_SECONDS * 1000, plan.rate)
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-bf', '0', '-g', String(keyEvery)],
    ...['-pix_fmt', 'yuv420p', '-r', rateText(plan.rate)],
  ]
}

function chunkFrames(plan: PreviewPlan): number {
  return Math.max(1, Math.floor(REVERSE_BUFFER_BYTES / (plan.width * plan.height * 1.5)))
}

async function appendFile(path: string, into: string, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(createReadStream(path), createWriteStream(into, { flags: 'a' }), { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw toWriteError(error, into)
  }
}
