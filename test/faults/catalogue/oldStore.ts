import { readFileSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const VERSION_1 = readFileSync(new URL('storeVersion1.sql', import.meta.url), 'utf8')

/** What a store of the first version needs and a newer one does not have. */
const OLD_ONLY: Readonly<Record<string, string>> = { key_hash: `''` }

/** Makes a gateway's database, which nobody has open, one of the first version with the same content. */
export function asVersionOne(path: string): void {
  const newer = `${path}.newer`
  renameSync(path, newer)
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL')
  db.exec(VERSION_1)
  db.prepare('ATTACH ? AS newer').all(newer)
  for (const table of namesIn(
    db,
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`,
  )) {
    const known = new Set(columnsOf(db, 'newer', table))
    const columns = columnsOf(db, 'main', table).filter((column) => known.has(column) || column in OLD_ONLY)
    if (known.size === 0) continue
    const values = columns.map((column) => (known.has(column) ? column : (OLD_ONLY[column] ?? 'NULL')))
    db.exec(`INSERT INTO main.${table}(${columns.join()}) SELECT ${values.join()} FROM newer.${table}`)
  }
  db.exec('DETACH newer')
  db.exec('PRAGMA user_version = 1')
  db.close()
  rmSync(newer)
}

export interface SchemaOf {
  readonly version: number
  /** Of the tasks, in their order. */
  readonly columns: string
  readonly tasks: number
}

export function schemaOf(path: string): SchemaOf {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const version = Number(db.prepare('PRAGMA user_version').all()[0]?.['user_version'])
    const tasks = Number(db.prepare('SELECT count(*) AS tasks FROM task').all()[0]?.['tasks'])
    return { version, columns: columnsOf(db, 'main', 'task').join(), tasks }
  } finally {
    db.close()
  }
}

/** Answers what the version was. */
export function setVersion(path: string, version: number): number {
  const db = new DatabaseSync(path)
  const before = Number(db.prepare('PRAGMA user_version').all()[0]?.['user_version'])
  db.exec(`PRAGMA user_version = ${String(version)}`)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  return before
}

function columnsOf(db: DatabaseSync, schema: string, table: string): string[] {
  return namesIn(db, `SELECT name FROM pragma_table_info('${table}', '${schema}')`)
}

function namesIn(db: DatabaseSync, sql: string): string[] {
  return db
    .prepare(sql)
    .all()
    .map((row) => String(row['name']))
}
