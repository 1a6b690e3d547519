import type { PoolFile } from '../../protocol/files/index.ts'
import type { Database } from '../../shared/node/index.ts'
import type { FileOrigin, PoolTotals, WhyGone } from './port.ts'

/** A file of the index with what its disk copy must look like. */
export interface IndexedFile extends PoolFile {
  readonly mtimeMs: number
  readonly origin: FileOrigin
  /** When its bytes came last. */
  readonly createdMs: number
  /** Last asked for or uploaded; what happened since the last `touch` is not in it. */
  readonly usedMs: number
}

export interface TenantFile {
  readonly tenant: string
  readonly file: IndexedFile
}

interface Row {
  readonly tenant: string
  readonly md5: string
  readonly sha256: string
  readonly ext: PoolFile['ext']
  readonly size: number
  readonly mtime_ms: number
  readonly origin: FileOrigin
  readonly created: number
  readonly used: number
}

const COLUMNS = 'tenant, md5, sha256, ext, size, mtime_ms, origin, created, used'

/** From (tenant, md5) to the file; a row exists only for a complete, durable file. */
export class PoolIndex {
  readonly #db: Database
  /** Summed once per tenant, then kept up: asked before every upload. */
  readonly #usedBytes = new Map<string, number>()
  /** The same of everybody, from the first time on that somebody asks. */
  #totals: PoolTotals | undefined

  constructor(db: Database) {
    this.#db = db
  }

  find(tenant: string, md5: string): IndexedFile | undefined {
    const row = this.#db.get<Row>(`SELECT ${COLUMNS} FROM pool_file WHERE tenant = ? AND md5 = ?`, tenant, md5)
    return row === undefined ? undefined : toIndexed(row)
  }

  hasContent(tenant: string, sha256: string): boolean {
    const sql = 'SELECT 1 AS one FROM pool_file WHERE sha256 = ? AND tenant = ?'
    return this.#db.get(sql, sha256, tenant) !== undefined
  }

  /** Whether somebody else has the same content. */
  isHeldByOthers(tenant: string, sha256: string): boolean {
    const sql = 'SELECT 1 AS one FROM pool_file WHERE sha256 = ? AND tenant <> ? LIMIT 1'
    return this.#db.get(sql, sha256, tenant) !== undefined
  }

  add(tenant: string, file: PoolFile & { readonly mtimeMs: number; readonly origin: FileOrigin }, nowMs: number): void {
    const before = this.usedBytes(tenant)
    this.#db.transaction(() => {
      this.#db.run(
        `INSERT INTO pool_file(tenant, md5, sha256, ext, size, mtime_ms, origin, created, used, checked)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[tenant, file.md5, file.sha256, file.ext, file.size, file.mtimeMs, file.origin, nowMs, nowMs, nowMs],
      )
      this.#db.run('DELETE FROM pool_gone WHERE tenant = ? AND md5 = ?', tenant, file.md5)
    })
    this.#usedBytes.set(tenant, before + file.size)
    this.#count(1, file.size)
  }

  /** Forgets a file and notes why; whoever asks for it learns the reason. */
  remove(tenant: string, file: PoolFile, why: WhyGone, nowMs: number): boolean {
    const before = this.usedBytes(tenant)
    const isRemoved = this.#db.transaction(() => {
      const sql = 'DELETE FROM pool_file WHERE tenant = ? AND md5 = ? AND sha256 = ?'
      if (this.#db.run(sql, tenant, file.md5, file.sha256).changes === 0) return false
      this.#db.run(
        `INSERT INTO pool_gone(tenant, md5, why, at) VALUES (?, ?, ?, ?)
         ON CONFLICT(tenant, md5) DO UPDATE SET why = excluded.why, at = excluded.at`,
        ...[tenant, file.md5, why, nowMs],
      )
      return true
    })
    if (!isRemoved) return false
    this.#usedBytes.set(tenant, before - file.size)
    this.#count(-1, -file.size)
    return true
  }

  whyGone(tenant: string, md5: string): WhyGone | undefined {
    return this.#db.get<{ why: WhyGone }>('SELECT why FROM pool_gone WHERE tenant = ? AND md5 = ?', tenant, md5)?.why
  }

  forgetGone(beforeMs: number, limit: number): number {
    const sql = `DELETE FROM pool_gone WHERE (tenant, md5) IN
      (SELECT tenant, md5 FROM pool_gone WHERE at < ? ORDER BY at LIMIT ?)`
    return this.#db.run(sql, beforeMs, limit).changes
  }

  usedBytes(tenant: string): number {
    const known = this.#usedBytes.get(tenant)
    if (known !== undefined) return known
    const sql = 'SELECT coalesce(sum(size), 0) AS used FROM pool_file WHERE tenant = ?'
    const used = this.#db.get<{ used: number }>(sql, tenant)?.used ?? 0
    this.#usedBytes.set(tenant, used)
    return used
  }

  totals(): PoolTotals {
    const sql = 'SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM pool_file'
    this.#totals ??= this.#db.get<PoolTotals>(sql) ?? { files: 0, bytes: 0 }
    return this.#totals
  }

  #count(files: 1 | -1, bytes: number): void {
    if (this.#totals === undefined) return
    this.#totals = { files: this.#totals.files + files, bytes: this.#totals.bytes + bytes }
  }

  /** Notes when files were last asked for; all in one write. */
  touch(touches: Iterable<{ readonly tenant: string; readonly md5: string; readonly atMs: number }>): void {
    this.#db.transaction(() => {
      for (const { tenant, md5, atMs } of touches) {
        const sql = 'UPDATE pool_file SET used = ?3 WHERE tenant = ?1 AND md5 = ?2 AND used < ?3'
        this.#db.run(sql, tenant, md5, atMs)
      }
    })
  }

  /** The same bytes were brought again. What a person brings is an input, whatever it was before. */
  broughtAgain(tenant: string, file: IndexedFile, origin: FileOrigin, nowMs: number): void {
    const kept = origin === 'input' ? origin : file.origin
    const sql = 'UPDATE pool_file SET origin = ?, created = ?, used = ? WHERE tenant = ? AND md5 = ?'
    this.#db.run(sql, kept, nowMs, nowMs, tenant, file.md5)
  }

  /** The next files of an origin not used since `beforeMs`, the longest unused first, behind `after`. */
  unused(origin: FileOrigin, beforeMs: number, after: TenantFile | undefined, limit: number): TenantFile[] {
    const sql = `SELECT ${COLUMNS} FROM pool_file WHERE origin = ? AND used < ? AND (used, tenant, md5) > (?, ?, ?)
      ORDER BY used, tenant, md5 LIMIT ?`
    const from = [after?.file.usedMs ?? -1, after?.tenant ?? '', after?.file.md5 ?? ''] as const
    return this.#db.all<Row>(sql, origin, beforeMs, ...from, limit).map(toTenantFile)
  }

  /** One tenant's files, the longest unused first, behind `after`. */
  unusedOf(tenant: string, after: IndexedFile | undefined, limit: number): IndexedFile[] {
    const sql = `SELECT ${COLUMNS} FROM pool_file WHERE tenant = ? AND (used, md5) > (?, ?) ORDER BY used, md5 LIMIT ?`
    return this.#db.all<Row>(sql, tenant, after?.usedMs ?? -1, after?.md5 ?? '', limit).map(toIndexed)
  }

  /** The file whose bytes were looked at longest ago, if that was before `beforeMs`. */
  nextUnchecked(beforeMs: number): TenantFile | undefined {
    const sql = `SELECT ${COLUMNS} FROM pool_file WHERE checked < ? ORDER BY checked LIMIT 1`
    const row = this.#db.get<Row>(sql, beforeMs)
    return row === undefined ? undefined : toTenantFile(row)
  }

  /** Its bytes were looked at and are right, under another time of the file. */
  noteTime(tenant: string, md5: string, mtimeMs: number, checkedMs: number): void {
    const sql = 'UPDATE pool_file SET mtime_ms = ?, checked = ? WHERE tenant = ? AND md5 = ?'
    this.#db.run(sql, mtimeMs, checkedMs, tenant, md5)
  }

  noteChecked(tenant: string, md5: string, atMs: number): void {
    this.#db.run('UPDATE pool_file SET checked = ? WHERE tenant = ? AND md5 = ?', atMs, tenant, md5)
  }
}

/** What others are told of it. */
export function toPoolFile({ md5, sha256, ext, size }: IndexedFile): PoolFile {
  return { md5, sha256, ext, size }
}

function toTenantFile(row: Row): TenantFile {
  return { tenant: row.tenant, file: toIndexed(row) }
}

function toIndexed(row: Row): IndexedFile {
  const { md5, sha256, ext, size, origin } = row
  return { md5, sha256, ext, size, origin, mtimeMs: row.mtime_ms, createdMs: row.created, usedMs: row.used }
}
