import { afterEach } from 'vitest'
import { startGatewayBench } from './gatewayBench.ts'
import type { GatewayBench } from './gatewayBench.ts'
import { connectWorker } from './scriptedWorker.ts'
import type { ScriptedWorker, WorkerScript } from './scriptedWorker.ts'

export type BenchOverrides = NonNullable<Parameters<typeof startGatewayBench>[0]>

export interface Benches {
  readonly bench: (overrides?: BenchOverrides) => Promise<GatewayBench>
  readonly worker: (at: GatewayBench, script?: Partial<WorkerScript>) => Promise<ScriptedWorker>
  /** Ends what a test opened by itself, before what was opened earlier. */
  readonly atEnd: (end: () => Promise<unknown>) => void
}

/** The gateways and workers of a file's tests; after each test they end, the newest first. */
export function openBenches(): Benches {
  const ends: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  return {
    async bench(overrides = {}) {
      const bench = await startGatewayBench(overrides)
      ends.push(() => bench.dispose())
      return bench
    },
    async worker({ dspUrl, workerSecret }, script = {}) {
      const worker = await connectWorker({ dspUrl, workerSecret, ...script })
      ends.push(() => worker.cut())
      return worker
    },
    atEnd: (end) => {
      ends.push(end)
    },
  }
}
