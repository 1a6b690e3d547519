import { tmpdir } from 'node:os'
import { AppError } from '../../index.ts'
import { ADDRESS_SPACE_BYTES, createWorkDir, GLOBAL_ARGS, INPUT_ARGS, toFfmpegError } from '../ffmpeg/index.ts'
import type { FfmpegTools } from '../ffmpeg/index.ts'
import { runChild } from '../process/index.ts'
import type { ParsedMedia } from './parseMedia.ts'

const PROBE_TIMEOUT_MS = 30_000
const MAX_OUTPUT_CHARACTERS = 1024 * 1024
const CONTAINER_BY_DEMUXER: Readonly<Record<string, string>> = {
  'mov,mp4,m4a,3gp,3g2,mj2': 'mp4',
  'matroska,webm': 'matroska',
  aac: 'adts',
}
/** FFmpeg's names for codecs the parser calls something else. */
const CODEC_NAMES: Readonly<Record<string, string>> = { h264: 'avc' }

/** The second opinion: a child under the profile, for files the parser cannot read. */
export async function ffprobeMedia(
  path: string,
  tools: FfmpegTools,
  signal: AbortSignal | undefined,
): Promise<ParsedMedia> {
  if (tools.ffprobePath === undefined) throw new AppError('MEDIA_INVALID', { message: `${path} could not be read` })
  const workDir = await createWorkDir(tmpdir())
  try {
    const name = await workDir.bring(path)
    let output = ''
    const result = await runChild({
      command: tools.ffprobePath,
      args: [
        ...GLOBAL_ARGS,
        ...INPUT_ARGS,
        '-v',
        'error',
        '-of',
        'json',
        '-show_format',
        '-show_streams',
        `file:${name}`,
      ],
      cwd: workDir.path,
      timeoutMs: PROBE_TIMEOUT_MS,
      killGraceMs: 0,
      limits: { addressSpaceBytes: ADDRESS_SPACE_BYTES },
      onStdoutLine: (line) => {
        if (output.length < MAX_OUTPUT_CHARACTERS) output += `${line}\n`
      },
      ...(signal === undefined ? {} : { signal }),
    })
    if (result.isTimedOut) throw new AppError('MEDIA_INVALID', { message: `${path}: looking at it took too long` })
    if (result.code !== 0) throw toFfmpegError(result)
    return toParsed(JSON.parse(output))
  } finally {
    await workDir.remove()
  }
}

/** Takes the JSON of `ffprobe -show_format -show_streams`. */
function toParsed(json: unknown): ParsedMedia {
  const root = toRecord(json)
  const format = toRecord(root['format'])
  const streams = Array.isArray(root['streams']) ? root['streams'].map(toRecord) : []
  const video = streams.find((stream) => stream['codec_type'] === 'video')
  const audio = streams.find((stream) => stream['codec_type'] === 'audio')
  const durationMs = Math.round(toNumber(format['duration']) * 1000)
  const demuxer = toText(format['format_name'])
  return {
    container: CONTAINER_BY_DEMUXER[demuxer] ?? demuxer,
    streams: streams.length,
    durationMs,
    claimedDurationMs: durationMs,
    video: video === undefined ? undefined : toVideo(video),
    audio: audio === undefined ? undefined : toAudio(audio),
  }
}

function toVideo(stream: Fields): ParsedMedia['video'] {
  const rotation = toRotation(stream)
  const sides: readonly [number, number] = [toNumber(stream['width']), toNumber(stream['height'])]
  const [width, height] = rotation % 180 === 0 ? sides : [sides[1], sides[0]]
  const pixelFormat = toText(stream['pix_fmt'])
  return {
    ...toCodec(stream),
    width,
    height,
    fps: toRatio(toText(stream['avg_frame_rate'])),
    rotation,
    ...(pixelFormat === '' ? {} : { pixelFormat }),
  }
}

function toAudio(stream: Fields): ParsedMedia['audio'] {
  return { ...toCodec(stream), sampleRate: toNumber(stream['sample_rate']), channels: toNumber(stream['channels']) }
}

function toCodec(stream: Fields): { codec: string | undefined; codecId: string } {
  const name = toText(stream['codec_name'])
  const tag = toText(stream['codec_tag_string'])
  // Encrypted samples keep their codec's name and hide behind this tag.
  const isEncrypted = tag === 'encv' || tag === 'enca'
  const isUnknown = name === '' || name === 'unknown' || name === 'none'
  return { codec: isEncrypted || isUnknown ? undefined : (CODEC_NAMES[name] ?? name), codecId: tag === '' ? name : tag }
}

function toRotation(stream: Fields): number {
  const sideData = Array.isArray(stream['side_data_list']) ? stream['side_data_list'].map(toRecord) : []
  const counterClockwise = toNumber(sideData.find((item) => 'rotation' in item)?.['rotation'])
  return (((Math.round(-counterClockwise / 90) * 90) % 360) + 360) % 360
}

function toRatio(text: string): number {
  const [numerator = 0, denominator = 0] = text.split('/').map(Number)
  return denominator > 0 ? Math.round((numerator / denominator) * 1000) / 1000 : 0
}

type Fields = Readonly<Record<string, unknown>>

function toRecord(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function toNumber(value: unknown): number {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : 0
  return Number.isFinite(number) ? number : 0
}
