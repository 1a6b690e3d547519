import type { Database } from '../../shared/node/index.ts'
import type { StoredAsset } from './assetTable.ts'

/** `planned`: no task yet, or its task came to nothing · `sent`: a task is on its way · `done`. */
export type RemovalState = 'planned' | 'sent' | 'done'

/** One server that shall forget the bytes of one deleted asset. */
export interface Removal {
  readonly asset: string
  readonly worker: string
  readonly sha256: string
  /** Tasks that came to nothing before. */
  readonly round: number
  readonly task: string | null
  readonly state: RemovalState
  readonly changed: number
}

/** The statements on `removal`. A deletion is done when each of its rows is. */
export class RemovalTable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  plan({ id, file }: StoredAsset, worker: string, nowMs: number): void {
    this.#db.run(
      `INSERT OR IGNORE INTO removal(asset, worker, sha256, round, task, state, changed)
       VALUES (?, ?, ?, 0, NULL, 'planned', ?)`,
      ...[id, worker, file.sha256, nowMs],
    )
  }

  find(asset: string, worker: string): Removal | undefined {
    return this.#db.get<Removal>('SELECT * FROM removal WHERE asset = ? AND worker = ?', asset, worker)
  }

  ofAsset(asset: string): Removal[] {
    return this.#db.all<Removal>('SELECT * FROM removal WHERE asset = ? ORDER BY worker', asset)
  }

  /** With a task on its way. */
  sentOnes(): Removal[] {
    return this.#db.all<Removal>(`SELECT * FROM removal WHERE state = 'sent' AND state <> 'done'`)
  }

  /** Without a task since before `beforeMs`, the longest first. */
  plannedOnes(beforeMs: number, limit: number): Removal[] {
    // The second condition says what the partial index says, so that it can serve.
    const sql = `SELECT * FROM removal WHERE state = 'planned' AND state <> 'done' AND changed <= ?
      ORDER BY changed LIMIT ?`
    return this.#db.all<Removal>(sql, beforeMs, limit)
  }

  /** Servers something is still to be removed from. */
  workers(): string[] {
    const sql = `SELECT DISTINCT worker FROM removal WHERE state <> 'done'`
    return this.#db.all<{ worker: string }>(sql).map((row) => row.worker)
  }

  openOf(worker: string): Removal[] {
    return this.#db.all<Removal>(`SELECT * FROM removal WHERE worker = ? AND state <> 'done'`, worker)
  }

  /** Not done, whatever asset the content belonged to. */
  openOfContent(sha256: string): Removal[] {
    return this.#db.all<Removal>(`SELECT * FROM removal WHERE sha256 = ? AND state <> 'done'`, sha256)
  }

  /** False when it was withdrawn meanwhile. */
  sent(removal: Removal, task: string, nowMs: number): boolean {
    const sql = `UPDATE removal SET state = 'sent', task = ?, changed = ?
      WHERE asset = ? AND worker = ? AND round = ? AND state <> 'done'`
    return this.#db.run(sql, task, nowMs, removal.asset, removal.worker, removal.round).changes === 1
  }

  done(asset: string, worker: string, nowMs: number): void {
    this.#db.run(
      `UPDATE removal SET state = 'done', changed = ? WHERE asset = ? AND worker = ?`,
      ...[nowMs, asset, worker],
    )
  }

  /** Its task came to nothing: another one is made later. */
  again(asset: string, worker: string, task: string, nowMs: number): void {
    this.#db.run(
      `UPDATE removal SET state = 'planned', round = round + 1, changed = ?
       WHERE asset = ? AND worker = ? AND task = ? AND state = 'sent'`,
      ...[nowMs, asset, worker, task],
    )
  }
}
