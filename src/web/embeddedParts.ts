import { createEmbeddedPipeline } from '../host/index.ts'
import type { EmbeddedPipeline } from '../host/index.ts'
import { nodeChildAdapter, systemClock } from '../shared/node/index.ts'
import type { Logger } from '../shared/node/index.ts'

export interface EmbeddedPartsOptions {
  readonly dataDir: string
  /** Scripts of the gateway and the worker. */
  readonly entries: { readonly gateway: string; readonly worker: string }
  readonly ffmpegPath: string | null
  readonly log: Logger
}

/** The gateway and the worker of this PC as child processes, run by the same Node. */
export function createEmbeddedParts({ dataDir, entries, ffmpegPath, log }: EmbeddedPartsOptions): EmbeddedPipeline {
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
    log: (line) => {
      log.info(line.event, line)
    },
  })
}
