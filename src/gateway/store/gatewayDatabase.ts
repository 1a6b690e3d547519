import { join } from 'node:path'
import { openDatabase } from '../../shared/node/index.ts'
import type { Database, DatabaseRestored } from '../../shared/node/index.ts'
import { GATEWAY_MIGRATIONS } from './schema/migrations.ts'

/**
 * Opens `gateway.db` in the data folder and owns it until `close()`. Throws DB_IN_USE, DB_CORRUPT, DB_FROM_FUTURE,
 * SQLITE_TOO_OLD, DATA_DIR_UNWRITABLE or DISK_FULL.
 */
export function openGatewayDatabase(dataDir: string, onRestored?: (event: DatabaseRestored) => void): Database {
  return openDatabase({
    path: join(dataDir, 'gateway.db'),
    migrations: GATEWAY_MIGRATIONS,
    ...(onRestored === undefined ? {} : { onRestored }),
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
