import { join } from 'node:path'
import type { Clock } from '../../shared/index.ts'
import { openDatabase, systemClock } from '../../shared/node/index.ts'
import type { Database, DatabaseRestored } from '../../shared/node/index.ts'
import { adoptOldState } from './restoredState.ts'
import { GATEWAY_MIGRATIONS } from './schema/migrations.ts'

export interface OpenGatewayDatabaseOptions {
  /** The system's when not given. */
  readonly clock?: Clock
  /** Told when a damaged file was replaced by a backup. */
  readonly onRestored?: (event: DatabaseRestored) => void
  /** Told when the WAL of a killed gateway was taken away: the state is that of the last checkpoint. */
  readonly onWalLost?: () => void
  /** Told when no backup could be made before the schema was brought up; the start goes on. */
  readonly onBackupFailed?: (error: unknown) => void
}

/** While a lock of somebody else is waited for this process stands still: no door answers, no heartbeat is heard. */
const BUSY_TIMEOUT_MS = 1_000

/**
 * Opens `gateway.db` in the data folder and owns it until `close()`; a damaged one is replaced by the newest good
 * backup. Throws DB_IN_USE, DB_CORRUPT (no good backup), DB_FROM_FUTURE, SQLITE_TOO_OLD, DATA_DIR_UNWRITABLE or DISK_FULL.
 */
export function openGatewayDatabase(dataDir: string, options: OpenGatewayDatabaseOptions = {}): Database {
  const { clock = systemClock, ...told } = options
  return openDatabase({
    path: join(dataDir, 'gateway.db'),
    migrations: GATEWAY_MIGRATIONS,
    adoptBackup: adoptOldState(clock.now()),
    clock,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
    ...told,
  })
}

/** The same schema in memory, for tests that need no disk. */
export function openMemoryGatewayDatabase(): Database {
  return openDatabase({ path: ':memory:', migrations: GATEWAY_MIGRATIONS })
}

/** A value made once and kept for the life of the database. */
export function metaValue(db: Database, name: string, make: () => string): string {
  return db.transaction(() => {
    const stored = db.get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)
    if (stored !== undefined) return stored.value
    const value = make()
    db.run('INSERT INTO meta(name, value) VALUES (?, ?)', name, value)
    return value
  })
}
