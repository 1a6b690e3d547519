/** A frame rate as FFmpeg wants it: 29.97 is 30000/1001, and a rounded number would drift from it. */
export interface FrameRate {
  readonly numerator: number
  readonly denominator: number
}

const MAX_FPS = 30
const DEFAULT_FPS = 25

/** The output's rate for an avatar of `fps` (0 = the file does not tell), at most 30. */
export function outputFrameRate(fps: number): FrameRate {
  const wanted = Math.min(MAX_FPS, fps > 0 ? fps : DEFAULT_FPS)
  const whole = Math.round(wanted)
  if (Math.abs(wanted - whole) < 0.001 && whole > 0) return { numerator: whole, denominator: 1 }
  const ntsc = Math.ceil(wanted)
  if (Math.abs(wanted - (ntsc * 1000) / 1001) < 0.002) return { numerator: ntsc * 1000, denominator: 1001 }
  return { numerator: Math.max(1, Math.round(wanted * 1000)), denominator: 1000 }
}

export function framesIn(durationMs: number, rate: FrameRate): number {
  return Math.max(1, Math.round((durationMs / 1000) * (rate.numerator / rate.denominator)))
}

/** Where frame `index` lies, seconds. */
export function secondsAt(index: number, rate: FrameRate): number {
  return (index * rate.denominator) / rate.numerator
}

export function rateText(rate: FrameRate): string {
  return `${rate.numerator}/${rate.denominator}`
}
