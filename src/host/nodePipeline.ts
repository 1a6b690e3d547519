import { nodeChildAdapter, systemClock } from '../shared/node/index.ts'
import type { Logger } from '../shared/node/index.ts'
import { createEmbeddedPipeline } from './embeddedPipeline.ts'
import type { EmbeddedPipeline } from './embeddedPipeline.ts'

export interface NodePipelineOptions {
  readonly dataDir: string
  /** Scripts of the gateway and the worker. */
  readonly entries: { readonly gateway: string; readonly worker: string }
  /** The FFmpeg to use; null = the worker looks for it. */
  readonly ffmpegPath: string | null
  readonly log: Logger
}

/** The embedded pipeline for doors that are plain Node programs: children run by the same Node. */
export function createNodePipeline({ dataDir, entries, ffmpegPath, log }: NodePipelineOptions): EmbeddedPipeline {
  return createEmbeddedPipeline({
    dataDir,
    spawn: {
      gateway: nodeChildAdapter({ entry: entries.gateway }),
      worker: nodeChildAdapter({ entry: entries.worker }),
    },
    engine: 'preview',
    slots: 1,
    ffmpegPath,
    clock: systemClock,
    log: ({ event, name, ...fields }) => {
      log.info(event, { part: name, ...fields })
    },
  })
}
