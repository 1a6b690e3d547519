import { ANY_VOICE, meanMs } from '../estimates/runModel.ts'
import type { RunStat } from '../estimates/runModel.ts'
import type { ETA_BASES } from '../../protocol/task/index.ts'

/** "About two minutes": how long a GPU server takes to start, until its own starts have been seen. */
const DEFAULT_STARTUP_SECONDS = 120

export interface EtaInput {
  /** 1 = next. */
  readonly position: number
  /** Slots of the workers that are online. */
  readonly slots: number
  /** Engines that are online and ready. */
  readonly engines: readonly string[]
  readonly stats: readonly RunStat[]
}

export interface Eta {
  readonly seconds: number
  readonly basis: (typeof ETA_BASES)[number]
}

/** When a queued task will begin; null where nothing is known. Never invented. */
export function estimateStart(input: EtaInput): Eta | null {
  if (input.slots === 0) return { seconds: DEFAULT_STARTUP_SECONDS, basis: 'startup_default' }
  const known = input.stats
    .filter((stat) => stat.bucket === ANY_VOICE && input.engines.includes(stat.engine))
    .map(meanMs)
  if (known.length === 0) return null
  const averageMs = known.reduce((sum, ms) => sum + ms, 0) / known.length
  return { seconds: Math.round((input.position * averageMs) / input.slots / 1000), basis: 'runs' }
}
