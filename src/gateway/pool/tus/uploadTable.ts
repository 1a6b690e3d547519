import type { PoolUploadMetadata } from '../../../protocol/files/index.ts'
import type { Database } from '../../../shared/node/index.ts'

/** One tus upload. `done`: its bytes are in the pool, and only the answer to a late HEAD is still of use. */
export interface UploadRecord {
  readonly id: string
  readonly tenant: string
  readonly size: number
  readonly metadata: PoolUploadMetadata
  readonly state: 'open' | 'done'
  readonly createdMs: number
}

interface Row {
  readonly id: string
  readonly tenant: string
  readonly size: number
  readonly md5: string
  readonly sha256: string
  readonly ext: PoolUploadMetadata['ext']
  readonly name: string | null
  readonly state: UploadRecord['state']
  readonly created: number
}

/** Uploads that were begun, so that they go on after a restart of the gateway. */
export class UploadTable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  add(upload: UploadRecord): void {
    const { id, tenant, size, metadata, state, createdMs } = upload
    this.#db.run(
      'INSERT INTO upload(id, tenant, size, md5, sha256, ext, name, state, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[id, tenant, size, metadata.md5, metadata.sha256, metadata.ext, metadata.name ?? null, state, createdMs],
    )
  }

  find(id: string): UploadRecord | undefined {
    const row = this.#db.get<Row>('SELECT * FROM upload WHERE id = ?', id)
    return row === undefined ? undefined : toRecord(row)
  }

  finish(id: string): void {
    this.#db.run(`UPDATE upload SET state = 'done' WHERE id = ?`, id)
  }

  remove(id: string): void {
    this.#db.run('DELETE FROM upload WHERE id = ?', id)
  }

  openIds(): string[] {
    return this.#db.all<{ id: string }>(`SELECT id FROM upload WHERE state = 'open'`).map((row) => row.id)
  }

  removeOlderThan(beforeMs: number): number {
    return this.#db.run('DELETE FROM upload WHERE created < ?', beforeMs).changes
  }
}

function toRecord(row: Row): UploadRecord {
  const { md5, sha256, ext, name } = row
  return {
    id: row.id,
    tenant: row.tenant,
    size: row.size,
    metadata: { md5, sha256, ext, ...(name === null ? {} : { name }) },
    state: row.state,
    createdMs: row.created,
  }
}
