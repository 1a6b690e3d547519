import type { Database } from '../../shared/node/index.ts'

export interface KnownWorker {
  readonly workerId: string
  readonly serverId: string
  readonly name: string
  readonly isDrained: boolean
  readonly knownKinds: readonly string[]
}

interface WorkerRow {
  readonly id: string
  readonly number: number
  readonly name: string
  readonly drained: number
  readonly kinds: string
}

/** `GPU-001`, `GPU-002` … given in the order workers first came, and kept; and what an operator said of them. */
export class ServerTable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  give(workerId: string, name: string, kinds: readonly string[], nowMs: number): KnownWorker {
    const rows = this.#db.all<WorkerRow>(
      `INSERT INTO worker(id, number, name, kinds, created)
       VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM worker), ?, ?, ?)
       ON CONFLICT(id) DO UPDATE SET name = excluded.name, kinds = excluded.kinds, removed = 0
       RETURNING id, number, name, drained, kinds`,
      ...[workerId, name, JSON.stringify(kinds), nowMs],
    )
    const [row] = rows
    if (row === undefined) throw new Error('INSERT … RETURNING gave no row')
    return toKnownWorker(row)
  }

  all(): KnownWorker[] {
    const sql = 'SELECT id, number, name, drained, kinds FROM worker WHERE removed = 0 ORDER BY number'
    return this.#db.all<WorkerRow>(sql).map(toKnownWorker)
  }

  setDrained(workerId: string, isDrained: boolean): void {
    this.#db.run('UPDATE worker SET drained = ? WHERE id = ?', isDrained ? 1 : 0, workerId)
  }

  /** Its number stays taken: tasks of the past name it. */
  remove(workerId: string): void {
    this.#db.run('UPDATE worker SET removed = 1, drained = 0 WHERE id = ?', workerId)
  }
}

function toKnownWorker(row: WorkerRow): KnownWorker {
  return {
    workerId: row.id,
    serverId: `GPU-${String(row.number).padStart(3, '0')}`,
    name: row.name,
    isDrained: row.drained === 1,
    knownKinds: JSON.parse(row.kinds) as string[],
  }
}
