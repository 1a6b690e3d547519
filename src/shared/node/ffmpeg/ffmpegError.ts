import { AppError } from '../../index.ts'
import type { ChildResult } from '../process/index.ts'
import { MAX_PIXELS, MAX_STREAMS } from './profile.ts'

interface Reason {
  readonly pattern: RegExp
  readonly code: string
  readonly retryable?: boolean
  /** Fills the blanks of the code's sentence that FFmpeg's own words do not. */
  readonly data?: Readonly<Record<string, string>>
}

/**
 * FFmpeg tells what happened only in words. This table is the one place that reads them; first match wins. Seen with
 * FFmpeg 5.1–7.1.
 */
const REASONS: readonly Reason[] = [
  { pattern: /No space left on device/, code: 'DISK_FULL', retryable: true },
  // Its guess after the whitelist left nothing better: not what the file is.
  { pattern: /misdetection possible/, code: 'MEDIA_INVALID' },
  { pattern: /Format not on whitelist|not in whitelist|not on whitelist/i, code: 'MEDIA_FORMAT_NOT_ALLOWED' },
  {
    pattern: /Picture size \d+x\d+ exceeds|exceeds specified max pixel count|Picture size \d+x\d+ is invalid/,
    code: 'MEDIA_TOO_LARGE',
    data: { limit: `≤ ${String(Math.round(MAX_PIXELS / 100_000) / 10)} MP` },
  },
  {
    pattern: /exceeds? max_streams|max_streams/,
    code: 'MEDIA_LIMIT',
    data: { limit: `≤ ${String(MAX_STREAMS)} streams` },
  },
  { pattern: /moov atom not found|partial file|Truncating packet|End of file/, code: 'MEDIA_TRUNCATED' },
  {
    pattern:
      /Decoder .* not found|Unknown decoder|decoding? not implemented|could not find codec parameters|Unsupported codec/i,
    code: 'CODEC_UNSUPPORTED',
    data: { codec: '?' },
  },
  { pattern: /matches no streams|does not contain any stream/, code: 'MEDIA_INVALID' },
  { pattern: /Invalid data found when processing input|Error opening input/, code: 'MEDIA_INVALID' },
]

/** What a failed run means, with FFmpeg's last words as the cause for the log. `where`: the folder it wrote to. */
export function toFfmpegError(result: Pick<ChildResult, 'code' | 'signal' | 'stderrTail'>, where = 'FFmpeg'): AppError {
  const reason = REASONS.find(({ pattern }) => pattern.test(result.stderrTail))
  const said = lastLine(result.stderrTail)
  const ending = result.signal === null ? `exited with ${String(result.code)}` : `was ended by ${result.signal}`
  return new AppError(reason?.code ?? 'FFMPEG_FAILED', {
    message: `FFmpeg ${ending}: ${said}`,
    retryable: reason?.retryable ?? reason === undefined,
    // Killed, it says nothing: then how it ended, in signs that need no translation.
    data: {
      ...reason?.data,
      ...(reason?.code === 'DISK_FULL' ? { where } : {}),
      detail: said === '' ? (result.signal ?? `exit ${String(result.code)}`) : said,
    },
    cause: new Error(result.stderrTail),
  })
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.slice(0, 300) ?? ''
}
