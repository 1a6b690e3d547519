import type { GatewaySettings, ServerNoteCode } from '../../protocol/admin/index.ts'
import type { EngineInfo, WorkerInfo } from '../../protocol/dsp/index.ts'
import { kindsWith } from '../taskKinds.ts'
import { limitInForce } from './adaptiveLimit.ts'
import type { AdaptiveLimit } from './adaptiveLimit.ts'
import { stateOf } from './conditions.ts'
import type { Condition } from './conditions.ts'
import { firstPulse } from './health.ts'
import type { Pulse } from './health.ts'
import type { GpuServer, ServerLoad } from './port.ts'
import type { KnownWorker } from './serverTable.ts'

/** What is known of a worker while it is connected. */
export interface Presence {
  readonly connectionId: number
  readonly bootId: string
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
  /** Its machine is being turned off. */
  isLeaving: boolean
  /** As they were last told. */
  told: readonly Condition[]
  /** As it was last described, until something changes or a heartbeat is missed. Monotonic. */
  shown: { readonly server: GpuServer; readonly untilMs: number } | undefined
}

export function presenceOf(
  worker: WorkerInfo,
  connectionId: number,
  now: { readonly wallMs: number; readonly monoMs: number },
): Presence {
  return {
    connectionId,
    bootId: worker.boot_id,
    connectedSinceMs: now.wallMs,
    slots: worker.max_concurrent,
    taskTypes: worker.task_types,
    engines: worker.engines,
    pulse: firstPulse(now.monoMs),
    isDraining: false,
    load: null,
  }
}

/** Each kind that at least one of the engines can do alone. */
export function kindsDone(taskTypes: readonly string[], engines: readonly EngineInfo[]): readonly string[] {
  return [...new Set(engines.flatMap(({ features }) => kindsWith(taskTypes, features)))]
}

function isReady({ ready }: EngineInfo): boolean {
  return ready
}

interface Circumstances {
  readonly conditions: readonly Condition[]
  readonly settings: GatewaySettings
  /** When a condition was last noted of this server. */
  readonly notedMs: (code: ServerNoteCode) => number | undefined
}

/** A member as everybody else sees it. Pure. */
export function describeServer(member: Member, { conditions, settings, notedMs }: Circumstances): GpuServer {
  const { known, presence, held, lastSeenMs } = member
  const slots = presence?.slots ?? 0
  return {
    ...known,
    ...{ slots, held, lastSeenMs },
    state: stateOf(conditions),
    limit: slots === 0 ? 0 : limitInForce(member.limit, slots, settings),
    taskTypes: presence?.taskTypes ?? [],
    engines: presence?.engines ?? [],
    kinds: presence === undefined ? [] : kindsDone(presence.taskTypes, presence.engines.filter(isReady)),
    load: presence?.load ?? null,
    connectedSinceMs: presence?.connectedSinceMs ?? null,
    reasons: conditions.map((condition) => ({ ...condition, atMs: notedMs(condition.code) ?? lastSeenMs })),
  }
}
