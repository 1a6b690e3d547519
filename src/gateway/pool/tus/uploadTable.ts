import type { PoolUploadMetadata } from '../../../protocol/files/index.ts'
import type { Database } from '../../../shared/node/index.ts'
import type { FileOrigin } from '../port.ts'

/** One tus upload. `done`: its bytes are in the pool, and only the answer to a late HEAD is still of use. */
export interface UploadRecord {
  readonly id: string
  readonly tenant: string
  readonly size: number
  readonly metadata: PoolUploadMetadata
  readonly origin: FileOrigin
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
  readonly origin: FileOrigin
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
    const { id, tenant, size, metadata, origin, state, createdMs } = upload
    this.#db.run(
      `INSERT INTO upload(id, tenant, size, md5, sha256, ext, name, origin, state, created)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, tenant, size, metadata.md5, metadata.sha256, metadata.ext, metadata.name ?? null],
      ...[origin, state, createdMs],
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

  /** One tenant's uploads that were not ended, the oldest first. */
  openOf(tenant: string): UploadRecord[] {
    const sql = `SELECT * FROM upload WHERE tenant = ? AND state = 'open' ORDER BY created`
    return this.#db.all<Row>(sql, tenant).map(toRecord)
  }

  /** Announced bytes of a person's uploads that were not ended. */
  openBytes(tenant: string): number {
    const sql = `SELECT coalesce(sum(size), 0) AS bytes FROM upload
      WHERE tenant = ? AND state = 'open' AND origin = 'input'`
    return this.#db.get<{ bytes: number }>(sql, tenant)?.bytes ?? 0
  }

  /** Begun before `beforeMs`, the oldest first, behind `after`. */
  olderThan(beforeMs: number, after: UploadRecord | undefined, limit: number): UploadRecord[] {
    const sql = 'SELECT * FROM upload WHERE created < ? AND (created, id) > (?, ?) ORDER BY created, id LIMIT ?'
    return this.#db.all<Row>(sql, beforeMs, after?.createdMs ?? -1, after?.id ?? '', limit).map(toRecord)
  }

  removeAll(ids: readonly string[]): void {
    this.#db.transaction(() => {
      for (const id of ids) this.remove(id)
    })
  }
}

function toRecord(row: Row): UploadRecord {
  const { md5, sha256, ext, name } = row
  return {
    id: row.id,
    tenant: row.tenant,
    size: row.size,
    metadata: { md5, sha256, ext, ...(name === null ? {} : { name }) },
    origin: row.origin,
    state: row.state,
    createdMs: row.created,
  }
}
