import type { LoopMode } from '../../../protocol/task/index.ts'
import type { MediaProbe, VideoTrackProbe } from '../../../shared/index.ts'
import { framesIn, outputFrameRate } from './frameRate.ts'
import type { FrameRate } from './frameRate.ts'

/** How the picture is made. Every way ends in one pass that copies the picture and encodes the voice. */
export type Picture =
  /** The avatar's own stream, copied. */
  | { readonly kind: 'copy' }
  /** The avatar encoded once; repeating it is then a copy. */
  | { readonly kind: 'encode'; readonly frames: number }
  /** Forward and backward encoded once each; `backwardFrames` is what the voice needs of the way back. */
  | { readonly kind: 'pingpong'; readonly frames: number; readonly backwardFrames: number }

export interface PreviewPlan {
  readonly picture: Picture
  readonly width: number
  readonly height: number
  readonly rate: FrameRate
  readonly durationMs: number
  readonly isLooped: boolean
  /** Frames of the finished video. */
  readonly outputFrames: number
  /** Frames handled in all passes together: what progress is counted against. */
  readonly totalFrames: number
  readonly voiceChannels: number
}

const MAX_SIDE_PIXELS = 1920
/** Below this a copy, cut between two frames, could miss the voice's length by more than is promised. */
const MIN_COPY_FPS = 12
/** What a copy accepts as "at most 30": files round. */
const MAX_COPY_FPS = 30.01

export interface PlanInput {
  readonly avatar: MediaProbe
  readonly video: VideoTrackProbe
  readonly voice: MediaProbe
  readonly loop: LoopMode
}

/** Pure: decides everything about a preview before anything runs. */
export function planPreview(input: PlanInput): PreviewPlan {
  const { avatar, video, voice } = input
  const { width, height } = outputSize(video.width, video.height)
  const rate = outputFrameRate(video.fps)
  const isLooped = voice.durationMs > avatar.durationMs
  const picture = choosePicture(input, rate)
  const outputFrames = framesIn(voice.durationMs, rate)
  return {
    picture,
    width,
    height,
    rate,
    durationMs: voice.durationMs,
    isLooped,
    outputFrames,
    totalFrames: outputFrames + encodedFrames(picture),
    voiceChannels: Math.min(2, voice.audio?.channels ?? 1),
  }
}

/** Long side at most 1920, both sides even, the shape kept as near as even numbers allow. */
export function outputSize(width: number, height: number): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, MAX_SIDE_PIXELS / Math.max(width, height))
  const even = (side: number): number => Math.max(2, Math.floor((side * scale) / 2 + 0.25) * 2)
  return { width: even(width), height: even(height) }
}

function choosePicture(input: PlanInput, rate: FrameRate): Picture {
  const { avatar, voice, loop } = input
  const frames = framesIn(Math.min(avatar.durationMs, voice.durationMs), rate)
  if (loop === 'pingpong' && voice.durationMs > avatar.durationMs) {
    const backwardFrames = Math.min(frames, framesIn(voice.durationMs - avatar.durationMs, rate))
    return { kind: 'pingpong', frames, backwardFrames }
  }
  return canCopy(input) ? { kind: 'copy' } : { kind: 'encode', frames }
}

function canCopy({ avatar, video }: PlanInput): boolean {
  const size = outputSize(video.width, video.height)
  return (
    (avatar.container === 'mp4' || avatar.container === 'mov') &&
    video.codec === 'avc' &&
    video.pixelFormat === 'yuv420p' &&
    video.rotation === 0 &&
    video.fps >= MIN_COPY_FPS &&
    video.fps <= MAX_COPY_FPS &&
    size.width === video.width &&
    size.height === video.height
  )
}

function encodedFrames(picture: Picture): number {
  if (picture.kind === 'copy') return 0
  return picture.frames + (picture.kind === 'pingpong' ? picture.backwardFrames : 0)
}
