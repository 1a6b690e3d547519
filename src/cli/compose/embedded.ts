import { createNodePipeline } from '../../host/index.ts'
import type { EmbeddedPipeline } from '../../host/index.ts'
import { AppError } from '../../shared/index.ts'
import { locateFfmpeg } from '../../shared/node/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { PLACES } from '../places.ts'

/** A gateway and a preview worker of this command's own. Refuses at once when FFmpeg is missing. */
export async function startEmbedded(
  dataDir: string,
  log: Logger,
): Promise<{ pipeline: EmbeddedPipeline; url: string; token: string }> {
  const ffmpeg = await locateFfmpeg({})
  if (ffmpeg.kind === 'missing') throw new AppError('FFMPEG_MISSING', { data: { command: ffmpeg.installCommand } })
  const pipeline = createNodePipeline({
    dataDir,
    entries: PLACES.entries,
    ffmpegPath: ffmpeg.path,
    log,
  })
  const { url, token } = await pipeline.start()
  return { pipeline, url, token }
}
