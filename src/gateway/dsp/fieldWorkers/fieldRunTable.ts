import type { LeaseRef } from '../../../protocol/dsp/index.ts'
import type { Database } from '../../../shared/node/index.ts'

/** One try of a task on a field worker, as it must outlive this process. */
export interface FieldRunRow {
  readonly ref: LeaseRef
  readonly workerId: string
  /** Ours, of this try alone. */
  readonly requestId: string
  /** The worker's own name for it; null until it accepted. */
  readonly remoteId: string | null
}

interface StoredRow {
  readonly task: string
  readonly epoch: number
  readonly token: string
  readonly worker: string
  readonly request: string
  readonly remote: string | null
}

/** Which run of a field worker belongs to which lease. Written before the job is sent. */
export class FieldRunTable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** A newer lease of a task takes the place of an older one. */
  begin({ ref, workerId, requestId }: Omit<FieldRunRow, 'remoteId'>): void {
    this.#db.run(
      'INSERT OR REPLACE INTO field_run(task, epoch, token, worker, request, remote) VALUES (?, ?, ?, ?, ?, NULL)',
      ...[ref.task_id, ref.epoch, ref.token, workerId, requestId],
    )
  }

  accepted(ref: LeaseRef, remoteId: string): void {
    const sql = 'UPDATE field_run SET remote = ? WHERE task = ? AND epoch = ?'
    this.#db.run(sql, remoteId, ref.task_id, ref.epoch)
  }

  end(ref: LeaseRef): void {
    this.#db.run('DELETE FROM field_run WHERE task = ? AND epoch = ?', ref.task_id, ref.epoch)
  }

  all(): readonly FieldRunRow[] {
    return this.#db.all<StoredRow>('SELECT * FROM field_run ORDER BY task').map((row) => ({
      ref: { task_id: row.task, epoch: row.epoch, token: row.token },
      workerId: row.worker,
      requestId: row.request,
      remoteId: row.remote,
    }))
  }
}
