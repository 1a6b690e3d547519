/**
 * How we let FFmpeg touch a file from outside. The format whitelist is the line that matters: without it a playlist
 * renamed `.mp4` makes FFmpeg open other files and hosts, whatever the protocol whitelist says.
 */
const FORMATS = [
  'mov',
  'matroska',
  'webm',
  'wav',
  'mp3',
  'aac',
  'flac',
  'ogg',
  'image2',
  'png_pipe',
  'jpeg_pipe',
] as const

export const MAX_PIXELS = 33_177_600
export const MAX_STREAMS = 16
const MAX_ALLOC_BYTES = 268_435_456

/** Before everything else, once. */
export const GLOBAL_ARGS: readonly string[] = ['-hide_banner', '-max_alloc', String(MAX_ALLOC_BYTES)]

/** Before each input of ffmpeg, and before the file of ffprobe. */
export const INPUT_ARGS: readonly string[] = [
  '-protocol_whitelist',
  'file,pipe',
  '-format_whitelist',
  FORMATS.join(','),
  '-max_streams',
  String(MAX_STREAMS),
  '-max_pixels',
  String(MAX_PIXELS),
]

/** Virtual memory of one FFmpeg: far above what a 4K encode takes, far below what hurts the machine. */
export const ADDRESS_SPACE_BYTES = 8 * 1024 ** 3
