import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../engines/port.ts'

export interface HeldEngine {
  readonly engine: Engine
  /** One entry per run that began. */
  readonly runs: string[]
  /** Lets all runs end, with that output; or with that error. */
  finish(end: Buffer | Error): void
}

/** An engine that waits until a test tells it how to end. */
export function createHeldEngine(): HeldEngine {
  const runs: string[] = []
  const { promise: ended, resolve: finish } = Promise.withResolvers<Buffer | Error>()
  const engine: Engine = {
    name: 'held',
    features: [],
    lipSync: false,
    probe: async () => ({ ready: true, version: '1' }),
    run: ({ workDir, signal, report }) =>
      new Promise((resolve, reject) => {
        runs.push(workDir)
        report({ stage: 'synthesize', percent: 10, frame: null, totalFrames: null })
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error)
        })
        void ended.then((end) => {
          if (signal.aborted) return
          if (end instanceof Error) {
            reject(end)
            return
          }
          const outputPath = join(workDir, 'out.mp4')
          writeFileSync(outputPath, end)
          resolve({ outputPath })
        })
      }),
  }
  return { engine, runs, finish }
}
