import type { PoolFile } from '../../protocol/files/index.ts'
import type { Database } from '../../shared/node/index.ts'

/** A file of the index with what its disk copy must look like. */
export interface IndexedFile extends PoolFile {
  readonly mtimeMs: number
}

interface Row {
  readonly md5: string
  readonly sha256: string
  readonly ext: PoolFile['ext']
  readonly size: number
  readonly mtime_ms: number
}

const COLUMNS = 'md5, sha256, ext, size, mtime_ms'

/** From (tenant, md5) to the file; a row exists only for a complete, durable file. */
export class PoolIndex {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  find(tenant: string, md5: string): IndexedFile | undefined {
    const row = this.#db.get<Row>(`SELECT ${COLUMNS} FROM pool_file WHERE tenant = ? AND md5 = ?`, tenant, md5)
    return row === undefined ? undefined : toIndexed(row)
  }

  add(tenant: string, file: IndexedFile, nowMs: number): void {
    this.#db.run(
      `INSERT INTO pool_file(tenant, md5, sha256, ext, size, mtime_ms, created) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[tenant, file.md5, file.sha256, file.ext, file.size, file.mtimeMs, nowMs],
    )
  }

  remove(tenant: string, file: PoolFile): void {
    this.#db.run('DELETE FROM pool_file WHERE tenant = ? AND md5 = ? AND sha256 = ?', tenant, file.md5, file.sha256)
  }

  usedBytes(tenant: string): number {
    const sql = 'SELECT coalesce(sum(size), 0) AS used FROM pool_file WHERE tenant = ?'
    return this.#db.get<{ used: number }>(sql, tenant)?.used ?? 0
  }

  all(): { readonly tenant: string; readonly file: IndexedFile }[] {
    const rows = this.#db.all<Row & { tenant: string }>(`SELECT tenant, ${COLUMNS} FROM pool_file`)
    return rows.map((row) => ({ tenant: row.tenant, file: toIndexed(row) }))
  }
}

function toIndexed(row: Row): IndexedFile {
  return { md5: row.md5, sha256: row.sha256, ext: row.ext, size: row.size, mtimeMs: row.mtime_ms }
}
