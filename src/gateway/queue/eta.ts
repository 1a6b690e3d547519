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
  /** Mean time of finished runs per engine, milliseconds. */
  readonly runTimesMs: ReadonlyMap<string, number>
}

export interface Eta {
  readonly seconds: number
  readonly basis: (typeof ETA_BASES)[number]
}

/** When a queued task will begin; null where nothing is known. Never invented. */
export function estimateStart(input: EtaInput): Eta | null {
  if (input.slots === 0) return { seconds: DEFAULT_STARTUP_SECONDS, basis: 'startup_default' }
  const known = input.engines.flatMap((engine) => input.runTimesMs.get(engine) ?? [])
  if (known.length === 0) return null
  const meanMs = known.reduce((sum, ms) => sum + ms, 0) / known.length
  return { seconds: Math.round((input.position * meanMs) / input.slots / 1000), basis: 'runs' }
}
