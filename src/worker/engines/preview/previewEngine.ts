import { AppError } from '../../../shared/index.ts'
import { locateFfmpeg, probeMedia, runChild } from '../../../shared/node/index.ts'
import type { FfmpegTools } from '../../../shared/node/index.ts'
import type { Engine, EngineReadiness, EngineRun } from '../port.ts'
import { encodeBackward, encodeForward, joinVoice, wrapStream } from './passes.ts'
import type { PassContext } from './passes.ts'
import { planPreview } from './plan.ts'
import type { PreviewPlan } from './plan.ts'
import { createFrameCounter } from './progress.ts'

export interface PreviewSettings {
  readonly ffmpegPath: string | null
  /** Where to look for FFmpeg instead of the PATH of this process. */
  readonly searchPath?: string
}

/** The found FFmpeg, or why there is none that serves. */
type Readiness = { readonly tools: FfmpegTools } | { readonly error: AppError }

/**
 * A real video on any PC: the avatar looped to the voice's length, the voice as its sound. Lips are not synced, and
 * the file says so.
 */
export function createPreviewEngine(settings: PreviewSettings): Engine {
  let known: FfmpegTools | undefined
  const find = async (): Promise<Readiness> => {
    const readiness = await findTools(settings)
    known = 'tools' in readiness ? readiness.tools : undefined
    return readiness
  }
  return {
    name: 'preview',
    features: ['loop'],
    lipSync: false,
    async probe(): Promise<EngineReadiness> {
      const readiness = await find()
      if ('tools' in readiness) return { ready: true, version: `ffmpeg ${readiness.tools.version}` }
      const { error } = readiness
      return { ready: false, version: '', reason: error.message, error }
    },
    async run(run) {
      const readiness = known === undefined ? await find() : { tools: known }
      if ('error' in readiness) throw readiness.error
      return { outputPath: await makePreview(readiness.tools, run) }
    },
  }
}

async function makePreview(tools: FfmpegTools, run: EngineRun): Promise<string> {
  run.report({ stage: 'prepare', percent: null, frame: null, totalFrames: null })
  const { avatar, video, voice } = await probeInputs(tools, run)
  const plan = planPreview({ avatar, video, voice, loop: run.options.loop ?? 'restart' })
  const context: PassContext = { tools, plan, workDir: run.workDir, signal: run.signal }
  const counter = createFrameCounter(plan.totalFrames, run.report)
  const picturePath = await about('video', run.signal, () =>
    makePicture(context, run.avatarPath, (frames) => counter.pass(frames)),
  )
  return joinVoice(context, picturePath, run.voicePath, counter.pass(plan.outputFrames))
}

async function probeInputs(tools: FfmpegTools, { avatarPath, voicePath, signal }: EngineRun) {
  const avatar = await about('video', signal, () => probeMedia(avatarPath, { tools, signal }))
  const { video } = avatar
  if (video === undefined) throw new AppError('NO_VIDEO', { data: FILES.video })
  const voice = await about('audio', signal, () => probeMedia(voicePath, { tools, signal }))
  if (voice.audio === undefined) throw new AppError('NO_AUDIO', { data: FILES.audio })
  return { avatar, video, voice }
}

/** The worker knows no file names, only which input it is: `role` lets the studio put the person's own name there. */
const FILES = {
  video: { role: 'video', file: 'avatar' },
  audio: { role: 'audio', file: 'voice' },
} as const

async function about<T>(role: keyof typeof FILES, signal: AbortSignal, look: () => Promise<T>): Promise<T> {
  try {
    return await look()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, { ...error.toJSON(), data: { ...error.data, ...FILES[role] }, cause: error })
  }
}

type CountPass = (frames: number) => ReturnType<ReturnType<typeof createFrameCounter>['pass']>

async function makePicture(context: PassContext, avatarPath: string, pass: CountPass): Promise<string> {
  const { picture } = context.plan
  switch (picture.kind) {
    case 'copy':
      return avatarPath
    case 'encode':
      return encodeForward(
        context,
        avatarPath,
        { name: 'cycle.mp4', format: 'mp4', frames: picture.frames },
        pass(picture.frames),
      )
    case 'pingpong':
      return makePingpong(context, picture, avatarPath, pass)
  }
}

async function makePingpong(
  context: PassContext,
  picture: Extract<PreviewPlan['picture'], { readonly kind: 'pingpong' }>,
  avatarPath: string,
  pass: CountPass,
): Promise<string> {
  const { frames, backwardFrames } = picture
  const forward = { name: 'cycle.h264', format: 'h264', frames } as const
  const cyclePath = await encodeForward(context, avatarPath, forward, pass(frames))
  const forwardPath = await wrapStream(context, cyclePath, 'forward.mp4', frames)
  // The probe's length is a claim; what was encoded is counted.
  const encoded = await countFrames(forwardPath, context)
  const count = Math.min(encoded, backwardFrames)
  await encodeBackward(context, forwardPath, { from: encoded, count }, cyclePath, pass)
  return wrapStream(context, cyclePath, 'cycle.mp4', encoded + count)
}

async function countFrames(path: string, { plan, signal }: PassContext): Promise<number> {
  const { durationMs } = await probeMedia(path, { signal })
  return Math.max(1, Math.round((durationMs / 1000) * (plan.rate.numerator / plan.rate.denominator)))
}

async function findTools(settings: PreviewSettings): Promise<Readiness> {
  const location = await locateFfmpeg({
    ...(settings.ffmpegPath === null ? {} : { setting: settings.ffmpegPath }),
    ...(settings.searchPath === undefined ? {} : { searchPath: settings.searchPath }),
  })
  if (location.kind === 'missing') {
    const { installCommand } = location
    const message = `FFmpeg is not installed. Install it: ${installCommand}`
    return { error: new AppError('FFMPEG_MISSING', { message, data: { command: installCommand } }) }
  }
  if (await canEncode(location)) return { tools: location }
  const reason = `the FFmpeg at ${location.path} cannot encode H.264 (no libx264)`
  return { error: new AppError('FFMPEG_NO_H264', { message: reason }) }
}

async function canEncode(tools: FfmpegTools): Promise<boolean> {
  let hasEncoder = false
  await runChild({
    command: tools.path,
    args: ['-hide_banner', '-encoders'],
    timeoutMs: 10_000,
    killGraceMs: 0,
    onStdoutLine: (line) => {
      hasEncoder ||= line.includes(' libx264 ')
    },
  })
  return hasEncoder
}
