import type { Database } from '../../../shared/node/index.ts'
import type { SteadyNow } from '../steadyTime.ts'

const PAUSES = 'queue_pauses'
const STEADY_TIME = 'steady_time'

/** Steady times. */
interface Pauses {
  /** Of all pauses that are over. */
  readonly pastMs: number
  /** Since when the queue is paused; null while it is not. */
  readonly sinceMs: number | null
}

const NO_PAUSE: Pauses = { pastMs: 0, sinceMs: null }

/** The few values of the queue that are no task: kept in `meta`. */
export class QueueMeta {
  readonly #db: Database
  #pauses: Pauses
  #timeKeptMs = -Infinity

  constructor(db: Database) {
    this.#db = db
    this.#pauses = this.#readPauses()
  }

  get isPaused(): boolean {
    return this.#pauses.sinceMs !== null
  }

  /** How long the queue has been paused in all until `steadyMs`. */
  pausedMs(steadyMs: number): number {
    const { pastMs, sinceMs } = this.#pauses
    return sinceMs === null ? pastMs : pastMs + Math.max(0, steadyMs - sinceMs)
  }

  /** Inside a transaction; what is told of pauses changes by `reload` or `setPaused` alone. */
  setPaused(paused: boolean, steadyMs: number): void {
    if (paused === this.isPaused) return
    const pauses = { pastMs: this.pausedMs(steadyMs), sinceMs: paused ? steadyMs : null }
    this.#write(PAUSES, JSON.stringify(pauses))
    this.#pauses = pauses
  }

  /** After a rollback. */
  reload(): void {
    this.#pauses = this.#readPauses()
    this.#timeKeptMs = -Infinity
  }

  /** Both clocks as they stood when they were last written down. */
  keptTime(): SteadyNow | undefined {
    const kept = this.#read(STEADY_TIME)
    return kept === undefined ? undefined : (JSON.parse(kept) as SteadyNow)
  }

  /**
   * Writes both clocks down, so that a start under a wrong wall clock knows how much time has gone by; not again within
   * `everyMs`.
   */
  keepTime({ wallMs, steadyMs }: SteadyNow, everyMs = 0): void {
    if (steadyMs - this.#timeKeptMs < everyMs) return
    this.#write(STEADY_TIME, JSON.stringify({ wallMs, steadyMs }))
    this.#timeKeptMs = steadyMs
  }

  #readPauses(): Pauses {
    const kept = this.#read(PAUSES)
    return kept === undefined ? NO_PAUSE : (JSON.parse(kept) as Pauses)
  }

  #read(name: string): string | undefined {
    return this.#db.get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)?.value
  }

  #write(name: string, value: string): void {
    const sql = 'INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value'
    this.#db.run(sql, name, value)
  }
}
