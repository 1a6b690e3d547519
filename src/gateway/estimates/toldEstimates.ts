import type { ETA_REASONS } from '../../protocol/task/index.ts'
import type { Clock } from '../../shared/index.ts'

export type EtaReason = (typeof ETA_REASONS)[number]

/** What an estimate was made from, to say later what has changed. */
export interface EstimateGrounds {
  readonly position: number
  readonly slots: number
  readonly isOnline: boolean
  /** Slots taken since this process began. */
  readonly taken: number
}

interface Told extends EstimateGrounds {
  readonly startsMono: number
  readonly reason: EtaReason | null
}

const MAX_TOLD = 10_000
/** A longer wait than this many times the one told before needs a reason, and so do these many seconds more. */
const JUMP = 2
const MIN_JUMP_MS = 30_000

/** Remembers what people were told, so that an estimate that jumps up says why. */
export class ToldEstimates {
  readonly #clock: Clock
  readonly #told = new Map<string, Told>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The reason to tell with this estimate; null as long as it is no surprise. */
  reasonFor(taskId: string, waitMs: number, grounds: EstimateGrounds): EtaReason | null {
    const nowMono = this.#clock.monotonic()
    const before = this.#told.get(taskId)
    const leftMs = before === undefined ? Number.POSITIVE_INFINITY : Math.max(0, before.startsMono - nowMono)
    const isJump = waitMs > leftMs * JUMP && waitMs - leftMs > MIN_JUMP_MS
    // Said until the wait is as short again as what was told first.
    const isStillLate = before !== undefined && before.reason !== null && waitMs > leftMs
    const reason =
      before === undefined ? null : isJump ? whatChanged(before, grounds) : isStillLate ? before.reason : null
    this.#told.delete(taskId)
    this.#told.set(taskId, { ...grounds, startsMono: nowMono + waitMs, reason })
    this.#dropOldest()
    return reason
  }

  forget(taskId: string): void {
    this.#told.delete(taskId)
  }

  #dropOldest(): void {
    if (this.#told.size <= MAX_TOLD) return
    const [oldest] = this.#told.keys()
    if (oldest !== undefined) this.#told.delete(oldest)
  }
}

function whatChanged(before: EstimateGrounds, now: EstimateGrounds): EtaReason {
  if (before.isOnline && !now.isOnline) return 'gpu_offline'
  if (now.slots < before.slots) return 'fewer_servers'
  // A back-off, too, lets others take the slot of whoever was told to be the next.
  const isOvertaken = now.taken > before.taken && now.position === before.position
  if (now.position > before.position || isOvertaken) return 'others_first'
  return 'runs_longer'
}
