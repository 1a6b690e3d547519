import { fileURLToPath } from 'node:url'
import { createEmbeddedPipeline } from '../../host/index.ts'
import type { EmbeddedPipeline } from '../../host/index.ts'
import { AppError } from '../../shared/index.ts'
import { locateFfmpeg, nodeChildAdapter, systemClock } from '../../shared/node/index.ts'
import type { Logger } from '../../shared/node/index.ts'

/** A gateway and a preview worker of this command's own. Refuses at once when FFmpeg is missing. */
export async function startEmbedded(
  dataDir: string,
  log: Logger,
): Promise<{ pipeline: EmbeddedPipeline; url: string; token: string }> {
  const ffmpeg = await locateFfmpeg({})
  if (ffmpeg.kind === 'missing') throw new AppError('FFMPEG_MISSING', { data: { command: ffmpeg.installCommand } })
  const pipeline = createEmbeddedPipeline({
    dataDir,
    spawn: {
      gateway: nodeChildAdapter({ entry: entryPath('gateway') }),
      worker: nodeChildAdapter({ entry: entryPath('worker') }),
    },
    engine: 'preview',
    slots: 1,
    ffmpegPath: ffmpeg.path,
    clock: systemClock,
    log: ({ event, name, ...fields }) => {
      log.info(event, { part: name, ...fields })
    },
  })
  const { url, token } = await pipeline.start()
  return { pipeline, url, token }
}

function entryPath(role: 'gateway' | 'worker'): string {
  return fileURLToPath(new URL(`../../entries/${role}.ts`, import.meta.url))
}
