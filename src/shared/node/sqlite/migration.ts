import { basename } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { AppError, faultPoint } from '../../index.ts'

/** One step of a schema. Versions start at 1 and have no gaps; a step that has shipped is never edited. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly up: string | ((db: DatabaseSync) => void)
}

/** Brings the schema up, each step in a transaction of its own, so that a crash leaves the old version or the new. */
export function migrate(db: DatabaseSync, migrations: readonly Migration[], path: string): void {
  assertGapless(migrations)
  const current = schemaVersion(db)
  const newest = migrations.at(-1)?.version ?? 0
  if (current > newest) {
    throw new AppError('DB_FROM_FUTURE', {
      message: `${path} has schema version ${String(current)}; this program knows up to ${String(newest)}`,
      data: { file: basename(path), found: current, known: newest },
    })
  }
  for (const migration of migrations) {
    if (migration.version > current) apply(db, migration)
  }
}

/** 0 for a database without a schema. */
export function schemaVersion(db: DatabaseSync): number {
  const version = db.prepare('PRAGMA user_version').all()[0]?.['user_version']
  return typeof version === 'number' ? version : 0
}

function apply(db: DatabaseSync, migration: Migration): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    if (typeof migration.up === 'string') db.exec(migration.up)
    else migration.up(db)
    faultPoint('migration.mid_step')
    db.exec(`PRAGMA user_version = ${String(migration.version)}`)
    faultPoint('migration.before_version_bump')
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw new AppError('INTERNAL', {
      message: `migration ${String(migration.version)} (${migration.name}) failed`,
      cause: error,
    })
  }
}

function assertGapless(migrations: readonly Migration[]): void {
  for (const [index, migration] of migrations.entries()) {
    if (migration.version !== index + 1) {
      throw new AppError('INTERNAL', { message: `migration ${migration.name} is not number ${String(index + 1)}` })
    }
  }
}
