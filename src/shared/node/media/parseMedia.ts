import {
  ADTS,
  CustomSource,
  FLAC,
  Input,
  Logging,
  LogLevel,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from 'mediabunny'
import type { InputAudioTrack, InputFormat, InputVideoTrack } from 'mediabunny'
import type { FileWindow } from './FileWindow.ts'

/** What the parser found, before any judgement. */
export interface ParsedMedia {
  readonly container: string
  readonly streams: number
  readonly durationMs: number
  /** What the header says, where the index tells something else. */
  readonly claimedDurationMs: number
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
  // It would write its remarks on odd files to our console, in the middle of a machine-read output.
  Logging.level = LogLevel.Silent
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
      ...(await durationsOf(input, container)),
      video: video === null ? undefined : await describeVideo(video),
      audio: audio === null ? undefined : await describeAudio(audio),
    }
  } finally {
    input.dispose()
  }
}

/** MP4 and MOV carry an index that adds up in no time; for the rest the header is believed. */
async function durationsOf(
  input: Input,
  container: string,
): Promise<Pick<ParsedMedia, 'durationMs' | 'claimedDurationMs'>> {
  const claimed = (await input.getDurationFromMetadata()) ?? 0
  const isIndexed = container === 'mp4' || container === 'mov'
  const duration = isIndexed || claimed <= 0 ? await input.computeDuration() : claimed
  return { durationMs: Math.round(duration * 1000), claimedDurationMs: Math.round(claimed * 1000) }
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
    ...pixelFormatOf((await track.getCodecParameterString()) ?? ''),
  }
}

/** H.264 profiles up to High hold 8-bit 4:2:0 only; of the others, and of other codecs, the index does not tell. */
function pixelFormatOf(codecParameters: string): { readonly pixelFormat?: string } {
  return /^avc[13]\.(?:42|4d|58|64)/i.test(codecParameters) ? { pixelFormat: 'yuv420p' } : {}
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
