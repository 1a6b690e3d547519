import { AppError } from '../../index.ts'
import { MAX_PIXELS, MAX_STREAMS } from '../ffmpeg/index.ts'

/** What a file may claim of itself. One table, so that a refusal can name the limit and its value. */
export interface MediaLimits {
  readonly minSidePixels: number
  readonly maxSidePixels: number
  readonly maxPixels: number
  readonly maxFps: number
  readonly maxDurationMs: number
  readonly maxStreams: number
  readonly maxChannels: number
  readonly minSampleRateHz: number
  readonly maxSampleRateHz: number
  readonly maxTagBytes: number
}

export const MEDIA_LIMITS: MediaLimits = {
  minSidePixels: 32,
  maxSidePixels: 8_192,
  maxPixels: MAX_PIXELS,
  maxFps: 240,
  maxDurationMs: 4 * 3_600_000,
  maxStreams: MAX_STREAMS,
  maxChannels: 8,
  minSampleRateHz: 8_000,
  maxSampleRateHz: 192_000,
  maxTagBytes: 16 * 1024 * 1024,
}

/** Throws MEDIA_LIMIT naming the limit when `value` is above it. */
export function assertAtMost(limits: MediaLimits, limit: keyof MediaLimits, value: number): void {
  if (value > limits[limit]) throw limitError(limits, limit, value)
}

/** Throws MEDIA_LIMIT naming the limit when `value` is below it. */
export function assertAtLeast(limits: MediaLimits, limit: keyof MediaLimits, value: number): void {
  if (value < limits[limit]) throw limitError(limits, limit, value)
}

function limitError(limits: MediaLimits, limit: keyof MediaLimits, value: number): AppError {
  return new AppError('MEDIA_LIMIT', {
    message: `${limit} is ${String(limits[limit])}, the file has ${String(value)}`,
    data: { limit, max: limits[limit], value },
  })
}
