import { setImmediate } from 'node:timers/promises'
import { FIRST_HOLDING } from './holdings.ts'
import type { Holding, Holdings } from './holdings.ts'

export interface OldHoldingsDeps {
  readonly holdings: Holdings
  /** Whether a deletion may still ask who holds the content. */
  readonly isNeeded: (sha256: string) => Promise<boolean>
  /** Workers the fleet knows. */
  readonly workers: () => readonly { readonly workerId: string }[]
}

const PAGE = 500
/** Looked at by one round: with a round each five minutes more than a million notes a day. */
const PAGES_A_ROUND = 8

/**
 * Forgets who was given what long ago, where the content or the worker is gone: two notes come with every task. Each
 * round goes on where the one before ended, so that it costs the same however many notes there are.
 */
export class OldHoldings {
  readonly #deps: OldHoldingsDeps
  #after: Holding = FIRST_HOLDING

  constructor(deps: OldHoldingsDeps) {
    this.#deps = deps
  }

  async forget(beforeMs: number, signal: AbortSignal): Promise<void> {
    for (let page = 0; page < PAGES_A_ROUND && !signal.aborted; page += 1) {
      const isEnd = await this.#forgetPage(beforeMs)
      if (isEnd) return
      await setImmediate()
    }
  }

  /** True when the page was the last one; the next is the first one again. */
  async #forgetPage(beforeMs: number): Promise<boolean> {
    const { holdings, workers } = this.#deps
    const rows = holdings.page(this.#after, beforeMs, PAGE)
    const known = new Set(workers().map(({ workerId }) => workerId))
    const needed = new Map<string, boolean>()
    const over: Holding[] = []
    for (const { sha256, worker, isOld } of rows) {
      if (!isOld) continue
      const isNeeded = needed.get(sha256) ?? (await this.#deps.isNeeded(sha256))
      needed.set(sha256, isNeeded)
      if (!isNeeded || !known.has(worker)) over.push({ sha256, worker })
    }
    holdings.forget(over, beforeMs)
    const isEnd = rows.length < PAGE
    this.#after = isEnd ? FIRST_HOLDING : (rows.at(-1) ?? FIRST_HOLDING)
    return isEnd
  }
}
