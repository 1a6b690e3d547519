import type { EngineInfo, WorkerInfo } from '../../protocol/dsp/index.ts'
import type { AdaptiveLimit } from './adaptiveLimit.ts'
import type { Condition } from './conditions.ts'
import { firstPulse } from './health.ts'
import type { Pulse } from './health.ts'
import type { ServerLoad } from './port.ts'
import type { KnownWorker } from './serverTable.ts'

/** What is known of a worker while it is connected. */
export interface Presence {
  readonly connectionId: number
  readonly connectedSinceMs: number
  readonly slots: number
  readonly taskTypes: readonly string[]
  engines: readonly EngineInfo[]
  pulse: Pulse
  isDraining: boolean
  load: ServerLoad | null
}

/** One known server. What was learned of it outlives its connection. */
export interface Member {
  known: KnownWorker
  presence: Presence | undefined
  held: number
  lastSeenMs: number
  limit: AdaptiveLimit
  /** As they were last told. */
  told: readonly Condition[]
}

export function presenceOf(
  worker: WorkerInfo,
  connectionId: number,
  now: { readonly wallMs: number; readonly monoMs: number },
): Presence {
  return {
    connectionId,
    connectedSinceMs: now.wallMs,
    slots: worker.max_concurrent,
    taskTypes: worker.task_types,
    engines: worker.engines,
    pulse: firstPulse(now.monoMs),
    isDraining: false,
    load: null,
  }
}
