/** WebSocket close codes of `/dsp`. */
export const DSP_CLOSE = {
  badMessage: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  tooSlow: 4408,
  replaced: 4409,
  tooBig: 4413,
  rate: 4429,
  /** Sent when the gateway stops: come back, with jitter. */
  restart: 1012,
} as const

/** Largest frame either side accepts, bytes. */
export const MAX_DSP_FRAME_BYTES = 256 * 1024
