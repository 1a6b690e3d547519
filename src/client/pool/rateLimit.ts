import { delay } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'

export const MAX_BLOCK_BYTES = 256 * 1024
const MIN_BLOCK_BYTES = 4 * 1024

/** Holds a flow back to its limit. The limit is asked for each block, so that a setting changed meanwhile counts. */
export interface Pacer {
  /** Bytes of the next block: small ones under a limit, so that the flow is even and the bar moves. */
  blockBytes(): number
  /** Resolves when a block of that size may go. */
  pass(sizeBytes: number): Promise<void>
}

export function createPacer(clock: Clock, readLimit: () => number | undefined, signal?: AbortSignal): Pacer {
  let freeAtMs = clock.monotonic()
  return {
    blockBytes: () => {
      const limit = readLimit() ?? 0
      if (limit <= 0) return MAX_BLOCK_BYTES
      return Math.max(MIN_BLOCK_BYTES, Math.min(MAX_BLOCK_BYTES, Math.round(limit / 10)))
    },
    async pass(sizeBytes) {
      const limit = readLimit() ?? 0
      if (limit <= 0) return
      const nowMs = clock.monotonic()
      freeAtMs = Math.max(freeAtMs, nowMs) + (sizeBytes / limit) * 1000
      const waitMs = freeAtMs - nowMs
      if (waitMs >= 1) await delay(clock, waitMs, signal)
    },
  }
}
