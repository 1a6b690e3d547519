import type { Database } from '../../shared/node/index.ts'

export interface KnownWorker {
  readonly workerId: string
  readonly serverId: string
  readonly name: string
}

interface WorkerRow {
  readonly id: string
  readonly number: number
  readonly name: string
}

/** `GPU-001`, `GPU-002` … given in the order workers first came, and kept. */
export class ServerIds {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  give(workerId: string, name: string, nowMs: number): KnownWorker {
    const rows = this.#db.all<WorkerRow>(
      `INSERT INTO worker(id, number, name, created)
       VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM worker), ?, ?)
       ON CONFLICT(id) DO UPDATE SET name = excluded.name RETURNING id, number, name`,
      ...[workerId, name, nowMs],
    )
    const [row] = rows
    if (row === undefined) throw new Error('INSERT … RETURNING gave no row')
    return toKnownWorker(row)
  }

  all(): KnownWorker[] {
    return this.#db.all<WorkerRow>('SELECT id, number, name FROM worker ORDER BY number').map(toKnownWorker)
  }
}

function toKnownWorker(row: WorkerRow): KnownWorker {
  return { workerId: row.id, serverId: `GPU-${String(row.number).padStart(3, '0')}`, name: row.name }
}
