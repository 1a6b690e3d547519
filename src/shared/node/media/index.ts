export { MEDIA_LIMITS } from './limits.ts'
export type { MediaLimits } from './limits.ts'
export { assertHasAudio, assertHasVideo, probeMedia } from './probeMedia.ts'
export type { ProbeOptions } from './probeMedia.ts'
