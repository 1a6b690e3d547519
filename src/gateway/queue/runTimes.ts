import type { Database } from '../../shared/node/index.ts'

/** Weight of the newest run: about the last six count. */
const NEWEST_WEIGHT = 0.3

/** How long runs of each engine take, as a moving average of finished ones. */
export class RunTimes {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  record(engine: string, durationMs: number): void {
    this.#db.run(
      `INSERT INTO run_time(engine, average_ms, runs) VALUES (?, ?, 1)
       ON CONFLICT(engine) DO UPDATE SET average_ms = average_ms + ? * (excluded.average_ms - average_ms), runs = runs + 1`,
      ...[engine, durationMs, NEWEST_WEIGHT],
    )
  }

  all(): ReadonlyMap<string, number> {
    const rows = this.#db.all<{ engine: string; average_ms: number }>('SELECT engine, average_ms FROM run_time')
    return new Map(rows.map((row) => [row.engine, row.average_ms]))
  }
}
