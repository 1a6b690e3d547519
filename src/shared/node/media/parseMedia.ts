import { ADTS, CustomSource, FLAC, Input, MATROSKA, MP3, MP4, OGG, QTFF, WAVE, WEBM } from 'mediabunny'
import type { InputAudioTrack, InputFormat, InputVideoTrack } from 'mediabunny'
import type { FileWindow } from './FileWindow.ts'

/** What the parser found, before any judgement. */
export interface ParsedMedia {
  readonly container: string
  readonly streams: number
  readonly durationMs: number
  readonly video: ParsedVideo | undefined
  readonly audio: ParsedAudio | undefined
}

export interface ParsedVideo {
  /** Undefined when the file names a codec the parser does not know; then `codecId` is its raw name. */
  readonly codec: string | undefined
  readonly codecId: string
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly rotation: number
  readonly pixelFormat?: string
}

export interface ParsedAudio {
  readonly codec: string | undefined
  readonly codecId: string
  readonly sampleRate: number
  readonly channels: number
}

/** MPEG-TS and HLS are left out on purpose: the latter opens other files. */
const FORMATS: InputFormat[] = [MP4, QTFF, WEBM, MATROSKA, WAVE, MP3, FLAC, OGG, ADTS]
const CONTAINER_BY_FORMAT = new Map<InputFormat, string>([
  [MP4, 'mp4'],
  [QTFF, 'mov'],
  [WEBM, 'webm'],
  [MATROSKA, 'matroska'],
  [WAVE, 'wav'],
  [MP3, 'mp3'],
  [FLAC, 'flac'],
  [OGG, 'ogg'],
  [ADTS, 'adts'],
])
const FPS_SAMPLE_PACKETS = 64

/** Reads the index of a file with a parser that runs in this process and touches nothing but the window. */
export async function parseMedia(file: FileWindow): Promise<ParsedMedia> {
  const source = new CustomSource({
    getSize: () => file.sizeBytes,
    read: (start, end) => file.read(start, end),
    prefetchProfile: 'fileSystem',
  })
  const input = new Input({ source, formats: FORMATS })
  try {
    const container = CONTAINER_BY_FORMAT.get(await input.getFormat()) ?? 'unknown'
    const tracks = await input.getTracks()
    const video = await input.getPrimaryVideoTrack()
    const audio = await input.getPrimaryAudioTrack()
    return {
      container,
      streams: tracks.length,
      durationMs: await durationOf(input),
      video: video === null ? undefined : await describeVideo(video),
      audio: audio === null ? undefined : await describeAudio(audio),
    }
  } finally {
    input.dispose()
  }
}

/** The longer of what the header claims and what the index adds up to: limits must hold for both. */
async function durationOf(input: Input): Promise<number> {
  const claimed = (await input.getDurationFromMetadata()) ?? 0
  const summed = claimed > 0 ? claimed : await input.computeDuration()
  return Math.round(Math.max(claimed, summed) * 1000)
}

async function describeVideo(track: InputVideoTrack): Promise<ParsedVideo> {
  const codec = await track.getCodec()
  const metrics = await track.computeFrameRateMetrics({ targetPacketCount: FPS_SAMPLE_PACKETS })
  const fps = metrics.bestGuessFrameRate
  return {
    codec: codec ?? undefined,
    codecId: String(await track.getInternalCodecId()),
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    fps: Number.isFinite(fps) ? Math.round(fps * 1000) / 1000 : 0,
    rotation: await track.getRotation(),
  }
}

async function describeAudio(track: InputAudioTrack): Promise<ParsedAudio> {
  const codec = await track.getCodec()
  return {
    codec: codec ?? undefined,
    codecId: String(await track.getInternalCodecId()),
    sampleRate: await track.getSampleRate(),
    channels: await track.getNumberOfChannels(),
  }
}
