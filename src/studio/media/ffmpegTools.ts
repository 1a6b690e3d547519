import { AppError } from '../../shared/index.ts'
import { locateFfmpeg } from '../../shared/node/index.ts'
import type { FfmpegLocation, FfmpegTools } from '../../shared/node/index.ts'

/** FFmpeg, looked for when first needed and again while it is missing: a person may install it meanwhile. */
export interface FfmpegFinder {
  locate(): Promise<FfmpegLocation>
  /** Undefined while there is none. */
  find(): Promise<FfmpegTools | undefined>
  /** Throws FFMPEG_MISSING with the command that installs it. */
  need(): Promise<FfmpegTools>
}

export function createFfmpegFinder(setting: string | undefined): FfmpegFinder {
  let found: Promise<FfmpegLocation> | undefined
  const locate = async (): Promise<FfmpegLocation> => {
    found ??= locateFfmpeg(setting === undefined ? {} : { setting })
    const location = await found
    if (location.kind === 'missing') found = undefined
    return location
  }
  return {
    locate,
    async find() {
      const location = await locate()
      return location.kind === 'found' ? location : undefined
    },
    async need() {
      const location = await locate()
      if (location.kind === 'found') return location
      throw new AppError('FFMPEG_MISSING', {
        message: 'no ffmpeg was found',
        data: { command: location.installCommand },
      })
    },
  }
}
