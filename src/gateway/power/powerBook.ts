import { powerResultSchema } from '../../protocol/dsp/index.ts'
import type { PowerResult } from '../../protocol/dsp/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { withTime } from '../estimates/runModel.ts'
import type { LearnedModel } from '../estimates/runModel.ts'

interface BookRow {
  readonly server: string
  readonly starts: number
  readonly median_ms: number | null
  readonly spread: number | null
  readonly slots: number
  readonly is_here: number
}

const CALLS_KEPT = 20

/** What the power rules remember over a restart: how long servers take to start, who was here, the hook's last calls. */
export class PowerBook {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** `bootMs`: how long it took from being asked for; null when nobody asked. */
  arrived(serverId: string, slots: number, bootMs: number | null): void {
    this.#touch(serverId)
    this.#db.run('UPDATE server_power SET slots = ?, is_here = 1 WHERE server = ?', slots, serverId)
    if (bootMs === null) return
    const { runs, medianMs, spread } = withTime(this.bootOfServer(serverId), bootMs)
    this.#db.run(
      'UPDATE server_power SET starts = ?, median_ms = ?, spread = ? WHERE server = ?',
      ...[runs, medianMs, spread, serverId],
    )
  }

  left(serverId: string): void {
    this.#db.run('UPDATE server_power SET is_here = 0 WHERE server = ?', serverId)
  }

  bootOfServer(serverId: string): LearnedModel | undefined {
    return this.#rows()
      .filter((row) => row.server === serverId)
      .flatMap(learned)[0]
  }

  /** Of that server; where it was not seen starting, or none is named, of the one that takes longest. */
  bootOf(serverId: string | null): LearnedModel | undefined {
    const own = serverId === null ? undefined : this.bootOfServer(serverId)
    return (
      own ??
      this.#rows()
        .flatMap(learned)
        .toSorted((a, b) => b.medianMs - a.medianMs)[0]
    )
  }

  /** Of that server, or of the smallest known; 0 when none is. */
  slotsOf(serverId: string | null): number {
    const rows = this.#rows().filter((row) => row.slots > 0)
    const own = rows.find((row) => row.server === serverId)
    return own?.slots ?? rows.toSorted((a, b) => a.slots - b.slots)[0]?.slots ?? 0
  }

  /** Servers that were connected when this was last written. */
  here(): readonly string[] {
    return this.#rows().flatMap((row) => (row.is_here === 1 ? [row.server] : []))
  }

  add(result: PowerResult): void {
    this.#db.transaction(() => {
      this.#db.run('INSERT INTO power_call(result) VALUES (?)', JSON.stringify(result))
      this.#db.run('DELETE FROM power_call WHERE seq <= (SELECT max(seq) FROM power_call) - ?', CALLS_KEPT)
    })
  }

  /** Newest first. */
  results(): readonly PowerResult[] {
    const rows = this.#db.all<{ result: string }>('SELECT result FROM power_call ORDER BY seq DESC')
    return rows.map((row) => powerResultSchema.parse(JSON.parse(row.result)))
  }

  #touch(serverId: string): void {
    this.#db.run('INSERT INTO server_power(server) VALUES (?) ON CONFLICT(server) DO NOTHING', serverId)
  }

  #rows(): readonly BookRow[] {
    return this.#db.all<BookRow>('SELECT * FROM server_power')
  }
}

function learned(row: BookRow): LearnedModel[] {
  if (row.median_ms === null || row.spread === null) return []
  return [{ runs: row.starts, medianMs: row.median_ms, spread: row.spread }]
}
