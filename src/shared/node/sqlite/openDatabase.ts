import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../../index.ts'
import type { Clock } from '../../index.ts'
import { systemClock } from '../clock/index.ts'
import { publishFileSync, shortFolder } from '../files/index.ts'
import { Database } from './Database.ts'
import type { DatabaseFeatures } from './Database.ts'
import { Checkpoints, MOST_LOG_PAGES } from './Checkpoints.ts'
import { adoptMarked, adoptUnmarked, copyInto } from './backupMark.ts'
import type { AdoptBackup, DatabaseRestored } from './backupMark.ts'
import { backupName, defaultBackupDir, dropOldBackups, dropPartialBackups } from './backupFiles.ts'
import { checkHealth } from './health.ts'
import { migrate, schemaVersion } from './migration.ts'
import type { Migration } from './migration.ts'
import { claimOwnership } from './ownership.ts'
import type { Ownership } from './ownership.ts'
import { isCorruption, toDatabaseError } from './sqliteError.ts'

export interface OpenDatabaseOptions {
  /** File path, or `:memory:` (no ownership, health check or backups). */
  readonly path: string
  readonly migrations: readonly Migration[]
  /** Take exclusive ownership of the file for this process; default true. */
  readonly lock?: boolean
  readonly busyTimeoutMs?: number
  /** The system's when not given. */
  readonly clock?: Clock
  /** Where backups are looked for and made; default `backups/` beside the file. */
  readonly backupDir?: string
  /** Told when the file is a backup that was put in the place of a damaged one, or put there by a person. */
  readonly onRestored?: (event: DatabaseRestored) => void
  /** Changes such a backup, in the schema of its time, before anything can see it. */
  readonly adoptBackup?: AdoptBackup
  /** Told when somebody took the WAL away after an unclean stop: what was only there is lost. The state is adopted as a backup's. */
  readonly onWalLost?: () => void
  /** Told when no copy could be made before the schema was brought up. */
  readonly onBackupFailed?: (error: unknown) => void
}

/** Older versions have a WAL-reset race that loses commits. */
const OLDEST_SQLITE = [3, 51, 3] as const
const BUSY_TIMEOUT_MS = 5_000
const WAL_LIMIT_BYTES = 64 * 1024 * 1024
/** SQLite's default of 2 MiB reads index pages again and again once a table has some 10,000 rows. */
const CACHE_KIB = 32 * 1024

/**
 * Opens (or makes) a database: claims it, checks its health, brings the schema up. Throws SQLITE_TOO_OLD, DB_IN_USE,
 * DB_CORRUPT, DB_FROM_FUTURE, DATA_DIR_UNWRITABLE or DISK_FULL. The caller closes it.
 */
export function openDatabase(options: OpenDatabaseOptions): Database {
  const isMemory = options.path === ':memory:'
  if (!isMemory) makeParent(options.path)
  const ownership = isMemory || options.lock === false ? undefined : claimOwnership(options.path)
  try {
    const isWalLost = ownership?.wasLeft === true && hasNoWal(options.path)
    const damagedPath = isMemory ? undefined : checkHealth(options.path, backupDirOf(options))
    return openOwned(options, ownership, { damagedPath: damagedPath ?? null, isWalLost })
  } catch (error) {
    ownership?.release()
    throw error
  }
}

/**
 * Adds a backup to the database's backup folder and drops all but the newest three. Returns the new file; of one that
 * fails nothing stays.
 */
export function rotateBackup(db: Database, options: { backupDir?: string; nowMs: number }): string {
  const backupDir = options.backupDir ?? defaultBackupDir(db.path)
  mkdirSync(backupDir, { recursive: true, mode: 0o700 })
  // What a kill left. This blocks: nobody else makes a copy meanwhile.
  dropPartialBackups(db.path, backupDir)
  const target = join(backupDir, backupName(db.path, options.nowMs))
  try {
    db.backup(target, options.nowMs)
  } finally {
    dropPartialBackups(db.path, backupDir)
  }
  dropOldBackups(db.path, backupDir)
  return target
}

/** True when `version` ("3.53.4") is new enough to be trusted with commits. */
export function isSqliteNewEnough(version: string): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, wanted] of OLDEST_SQLITE.entries()) {
    const found = parts[index] ?? 0
    if (found !== wanted) return found > wanted
  }
  return true
}

function openOwned(
  options: OpenDatabaseOptions,
  ownership: Ownership | undefined,
  found: { readonly damagedPath: string | null; readonly isWalLost: boolean },
): Database {
  const db = connect(options)
  try {
    assertVersion(db)
    setPragmas(db)
    const features = probeFeatures(db)
    const at = { path: options.path, damagedPath: found.damagedPath }
    const restored = adoptMarked(db, at, options.adoptBackup)
    if (restored !== undefined) options.onRestored?.(restored)
    backUpBeforeUpgrade(db, options)
    migrate(db, options.migrations, options.path)
    if (found.isWalLost && restored === undefined) {
      adoptUnmarked(db, at, options.adoptBackup)
      options.onWalLost?.()
    }
    return assemble(db, features, options, ownership)
  } catch (error) {
    db.close()
    throw toDatabaseError(error, options.path)
  }
}

/** An owner that was killed leaves its WAL behind, whatever is in it; one that stops in order takes it away. */
function hasNoWal(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0 && !existsSync(`${path}-wal`)
}

/** The way back to an older program. A disk without room for it keeps nobody from starting. */
function backUpBeforeUpgrade(db: DatabaseSync, options: OpenDatabaseOptions): void {
  const { path, migrations } = options
  const newest = migrations.at(-1)?.version ?? 0
  const current = schemaVersion(db)
  if (path === ':memory:' || current === 0 || current >= newest) return
  const backupDir = backupDirOf(options)
  const target = join(backupDir, backupName(path, Date.now(), newest))
  const temporary = `${target}.tmp`
  try {
    mkdirSync(backupDir, { recursive: true, mode: 0o700 })
    copyInto(db, temporary, Date.now())
    publishFileSync(temporary, target)
    dropOldBackups(path, backupDir)
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary)
    if (isCorruption(error)) throw error
    options.onBackupFailed?.(toDatabaseError(error, path))
  }
}

function backupDirOf({ path, backupDir }: OpenDatabaseOptions): string {
  return backupDir ?? defaultBackupDir(path)
}

function assemble(
  db: DatabaseSync,
  features: DatabaseFeatures,
  options: OpenDatabaseOptions,
  ownership: Ownership | undefined,
): Database {
  return new Database({
    ...{ db, path: options.path, features },
    checkpoints: new Checkpoints(db, options.clock ?? systemClock),
    onClose: () => {
      ownership?.release()
    },
  })
}

function connect(options: OpenDatabaseOptions): DatabaseSync {
  try {
    return new DatabaseSync(options.path, { timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS })
  } catch (error) {
    throw toDatabaseError(error, options.path)
  }
}

function makeParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  } catch (error) {
    const dir = dirname(path)
    const data = { file: shortFolder(dir) }
    throw new AppError('DATA_DIR_UNWRITABLE', { message: `${dir} cannot be made`, data, cause: error })
  }
}

function assertVersion(db: DatabaseSync): void {
  const version = String(db.prepare('SELECT sqlite_version() AS version').all()[0]?.['version'])
  if (!isSqliteNewEnough(version)) {
    throw new AppError('SQLITE_TOO_OLD', {
      message: `SQLite ${version} is older than ${OLDEST_SQLITE.join('.')}`,
      data: { version, needed: OLDEST_SQLITE.join('.') },
    })
  }
}

function setPragmas(db: DatabaseSync): void {
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA journal_size_limit = ${String(WAL_LIMIT_BYTES)};
    PRAGMA trusted_schema = OFF;
    PRAGMA cache_size = -${String(CACHE_KIB)};
    PRAGMA wal_autocheckpoint = ${String(MOST_LOG_PAGES)};
  `)
}

function probeFeatures(db: DatabaseSync): DatabaseFeatures {
  return {
    fts5: canCreate(db, 'CREATE VIRTUAL TABLE temp.probe USING fts5(text)'),
    trigram: canCreate(db, "CREATE VIRTUAL TABLE temp.probe USING fts5(text, tokenize = 'trigram')"),
  }
}

function canCreate(db: DatabaseSync, sql: string): boolean {
  try {
    db.exec(sql)
    db.exec('DROP TABLE temp.probe')
    return true
  } catch (error) {
    if (isCorruption(error)) throw error
    return false
  }
}
