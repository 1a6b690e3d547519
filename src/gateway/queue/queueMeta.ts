import type { Database } from '../../shared/node/index.ts'
import type { Now } from './steadyTime.ts'

const PAUSED = 'queue_paused'
const STEADY_TIME = 'steady_time'

/** The few values of the queue that are no task: kept in `meta`. */
export class QueueMeta {
  readonly #db: Database
  #isPaused: boolean

  constructor(db: Database) {
    this.#db = db
    this.#isPaused = this.#read(PAUSED) === '1'
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Inside a transaction; what `isPaused` says changes by `reload` or `setPaused` alone. */
  setPaused(paused: boolean): void {
    this.#write(PAUSED, paused ? '1' : '0')
    this.#isPaused = paused
  }

  reload(): void {
    this.#isPaused = this.#read(PAUSED) === '1'
  }

  /** Both clocks as they stood when they were last written down. */
  keptTime(): Now | undefined {
    const kept = this.#read(STEADY_TIME)
    return kept === undefined ? undefined : (JSON.parse(kept) as Now)
  }

  keepTime(now: Now): void {
    this.#write(STEADY_TIME, JSON.stringify(now))
  }

  #read(name: string): string | undefined {
    return this.#db.get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)?.value
  }

  #write(name: string, value: string): void {
    const sql = 'INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value'
    this.#db.run(sql, name, value)
  }
}
