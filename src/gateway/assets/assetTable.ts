import type { AssetKind } from '../../protocol/http/index.ts'
import type { PoolFile } from '../../protocol/files/index.ts'
import type { Database } from '../../shared/node/index.ts'

/** A file a person keeps under a name. Times are Unix milliseconds. */
export interface StoredAsset {
  readonly seq: number
  readonly id: string
  readonly tenant: string
  readonly kind: AssetKind
  readonly name: string
  readonly file: PoolFile
  readonly createdMs: number
  readonly usedMs: number | null
  /** The later of made, uploaded again and used. */
  readonly touchedMs: number
  readonly deletedMs: number | null
  /** When it was decided what becomes of its bytes; null while a task still needs them. */
  readonly clearedMs: number | null
}

interface Row {
  readonly seq: number
  readonly id: string
  readonly tenant: string
  readonly kind: AssetKind
  readonly name: string
  readonly md5: string
  readonly sha256: string
  readonly ext: PoolFile['ext']
  readonly size: number
  readonly created: number
  readonly used: number | null
  readonly touched: number
  readonly deleted: number | null
  readonly cleared: number | null
}

/** The statements on `asset`. */
export class AssetTable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  find(id: string): StoredAsset | undefined {
    return toAsset(this.#db.get<Row>('SELECT * FROM asset WHERE id = ?', id))
  }

  ofContent(tenant: string, kind: AssetKind, sha256: string): StoredAsset | undefined {
    const sql = 'SELECT * FROM asset WHERE tenant = ? AND kind = ? AND sha256 = ? AND deleted IS NULL'
    return toAsset(this.#db.get<Row>(sql, tenant, kind, sha256))
  }

  add(asset: Pick<StoredAsset, 'id' | 'tenant' | 'kind' | 'name' | 'file'>, nowMs: number): void {
    const { id, tenant, kind, name, file } = asset
    this.#db.run(
      `INSERT INTO asset(id, tenant, kind, name, md5, sha256, ext, size, created, touched)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, tenant, kind, name, file.md5, file.sha256, file.ext, file.size, nowMs, nowMs],
    )
  }

  rename(id: string, name: string, nowMs: number): void {
    this.#db.run('UPDATE asset SET name = ?, touched = ? WHERE id = ?', name, nowMs, id)
  }

  /** Newest first, older than `beforeSeq`. */
  page(tenant: string, kind: AssetKind | undefined, beforeSeq: number, limit: number): StoredAsset[] {
    const sql = `SELECT * FROM asset WHERE tenant = ? AND seq < ? AND deleted IS NULL
      ${kind === undefined ? '' : 'AND kind = ?'} ORDER BY seq DESC LIMIT ?`
    const given = kind === undefined ? [tenant, beforeSeq, limit] : [tenant, beforeSeq, kind, limit]
    return toAssets(this.#db.all<Row>(sql, ...given))
  }

  /** True when it was there until now and, where that is given, not touched since `touchedBeforeMs`. */
  markDeleted(id: string, nowMs: number, touchedBeforeMs = Number.POSITIVE_INFINITY): boolean {
    const sql = 'UPDATE asset SET deleted = ? WHERE id = ? AND deleted IS NULL AND touched < ?'
    return this.#db.run(sql, nowMs, id, touchedBeforeMs).changes === 1
  }

  markCleared(id: string, nowMs: number): void {
    this.#db.run('UPDATE asset SET cleared = ? WHERE id = ?', nowMs, id)
  }

  isContentOf(tenant: string, sha256: string): boolean {
    const sql = 'SELECT 1 AS one FROM asset WHERE sha256 = ? AND tenant = ? AND deleted IS NULL'
    return this.#db.get(sql, sha256, tenant) !== undefined
  }

  isContentOfAnyone(sha256: string): boolean {
    return this.#db.get('SELECT 1 AS one FROM asset WHERE sha256 = ? AND deleted IS NULL', sha256) !== undefined
  }

  /** A task was made with the content. */
  noteUse(tenant: string, sha256: string, atMs: number): void {
    const sql = `UPDATE asset SET used = ?3, touched = max(touched, ?3)
      WHERE tenant = ?1 AND sha256 = ?2 AND deleted IS NULL`
    this.#db.run(sql, tenant, sha256, atMs)
  }

  /** Deleted, but a task still needed the bytes. */
  uncleared(sha256?: string): StoredAsset[] {
    const sql = `SELECT * FROM asset WHERE deleted IS NOT NULL AND cleared IS NULL
      ${sha256 === undefined ? '' : 'AND sha256 = ?'}`
    return toAssets(sha256 === undefined ? this.#db.all<Row>(sql) : this.#db.all<Row>(sql, sha256))
  }

  /** Not used since `beforeMs`. */
  unused(beforeMs: number, limit: number): StoredAsset[] {
    const sql = 'SELECT * FROM asset WHERE touched < ? AND deleted IS NULL ORDER BY touched, seq LIMIT ?'
    return toAssets(this.#db.all<Row>(sql, beforeMs, limit))
  }

  /** Forgets deletions of which nothing is left to do, with all their removals. */
  purge(beforeMs: number, limit: number): number {
    const sql = `SELECT id FROM asset WHERE deleted < ? AND deleted IS NOT NULL AND cleared IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM removal WHERE removal.asset = asset.id AND removal.state <> 'done')
      ORDER BY deleted LIMIT ?`
    return this.#db.transaction(() => {
      const ids = this.#db.all<{ id: string }>(sql, beforeMs, limit)
      for (const { id } of ids) {
        this.#db.run('DELETE FROM removal WHERE asset = ?', id)
        this.#db.run('DELETE FROM asset WHERE id = ?', id)
      }
      return ids.length
    })
  }
}

function toAssets(rows: readonly Row[]): StoredAsset[] {
  return rows.flatMap((row) => toAsset(row) ?? [])
}

function toAsset(row: Row | undefined): StoredAsset | undefined {
  if (row === undefined) return undefined
  const { seq, id, tenant, kind, name, md5, sha256, ext, size } = row
  return {
    ...{ seq, id, tenant, kind, name, file: { md5, sha256, ext, size } },
    createdMs: row.created,
    usedMs: row.used,
    touchedMs: row.touched,
    deletedMs: row.deleted,
    clearedMs: row.cleared,
  }
}
