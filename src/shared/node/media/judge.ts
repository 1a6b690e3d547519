import { AppError } from '../../index.ts'
import type { AudioTrackProbe, MediaProbe, VideoTrackProbe } from '../../index.ts'
import { assertAtLeast, assertAtMost } from './limits.ts'
import type { MediaLimits } from './limits.ts'
import type { ParsedAudio, ParsedMedia, ParsedVideo } from './parseMedia.ts'

/** Turns what was parsed into a probe, or refuses it with the reason. */
export function judge(parsed: ParsedMedia, sizeBytes: number, limits: MediaLimits): MediaProbe {
  if (parsed.video === undefined && parsed.audio === undefined) {
    throw new AppError('MEDIA_INVALID', { message: 'the file has neither video nor audio' })
  }
  assertAtMost(limits, 'maxStreams', parsed.streams)
  assertAtMost(limits, 'maxDurationMs', Math.max(parsed.durationMs, parsed.claimedDurationMs))
  const video = parsed.video === undefined ? undefined : judgeVideo(parsed.video, limits)
  const audio = parsed.audio === undefined ? undefined : judgeAudio(parsed.audio, limits)
  if (!(parsed.durationMs > 0)) throw new AppError('MEDIA_INVALID', { message: 'the file has no duration' })
  return {
    container: parsed.container,
    durationMs: parsed.durationMs,
    sizeBytes,
    ...(video === undefined ? {} : { video }),
    ...(audio === undefined ? {} : { audio }),
  }
}

function judgeVideo(video: ParsedVideo, limits: MediaLimits): VideoTrackProbe {
  const codec = knownCodec(video)
  const { width, height, fps, rotation } = video
  assertAtLeast(limits, 'minSidePixels', Math.min(width, height))
  assertAtMost(limits, 'maxSidePixels', Math.max(width, height))
  assertAtMost(limits, 'maxPixels', width * height)
  assertAtMost(limits, 'maxFps', fps)
  const pixelFormat = video.pixelFormat === undefined ? {} : { pixelFormat: video.pixelFormat }
  return { codec, width, height, fps, rotation, ...pixelFormat }
}

function judgeAudio(audio: ParsedAudio, limits: MediaLimits): AudioTrackProbe {
  const codec = knownCodec(audio)
  const { sampleRate, channels } = audio
  if (channels < 1) throw new AppError('MEDIA_INVALID', { message: 'the audio has no channels' })
  assertAtMost(limits, 'maxChannels', channels)
  assertAtLeast(limits, 'minSampleRateHz', sampleRate)
  assertAtMost(limits, 'maxSampleRateHz', sampleRate)
  return { codec, sampleRate, channels }
}

function knownCodec(track: { readonly codec: string | undefined; readonly codecId: string }): string {
  if (track.codec !== undefined) return track.codec
  throw new AppError('CODEC_UNSUPPORTED', {
    message: `the codec ${track.codecId} is not supported`,
    data: { codec: track.codecId },
  })
}
