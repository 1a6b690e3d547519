import type { Database } from '../../shared/node/index.ts'
import type { LicenceKey } from './port.ts'

/** A key as it is stored: with its hash, which never leaves this folder. */
export interface StoredKey extends LicenceKey {
  readonly hash: string
}

interface KeyRow {
  readonly id: string
  readonly hash: string
  readonly tenant: string
  readonly name: string
  readonly source: LicenceKey['source']
  readonly created: number
  readonly last_day: string | null
  readonly revoked: number | null
}

/** The statements on `licence_key` and `tenant`. */
export class KeyTable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  all(): StoredKey[] {
    return this.#db.all<KeyRow>('SELECT * FROM licence_key ORDER BY created, id').map(toStoredKey)
  }

  /** Adds the key and, where it is new, its tenant; answers whether the tenant was new. */
  add(key: StoredKey): boolean {
    return this.#db.transaction(() => {
      this.#db.run(
        'INSERT INTO licence_key(id, hash, tenant, name, source, created, last_day, revoked) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        ...[key.id, key.hash, key.tenant, key.name, key.source, key.createdMs, key.lastUsedDay, key.revokedMs],
      )
      const tenant = 'INSERT INTO tenant(id, created) VALUES (?, ?) ON CONFLICT(id) DO NOTHING'
      return this.#db.run(tenant, key.tenant, key.createdMs).changes === 1
    })
  }

  /** The key of the credentials file, whose content may have changed since the last start. */
  replace(key: StoredKey): void {
    this.#db.transaction(() => {
      this.#db.run('DELETE FROM licence_key WHERE id = ?', key.id)
      this.add(key)
    })
  }

  setRevoked(id: string, revokedMs: number): void {
    this.#db.run('UPDATE licence_key SET revoked = ? WHERE id = ? AND revoked IS NULL', revokedMs, id)
  }

  setLastDay(id: string, day: string): void {
    this.#db.run('UPDATE licence_key SET last_day = ? WHERE id = ?', day, id)
  }
}

function toStoredKey(row: KeyRow): StoredKey {
  const { id, hash, tenant, name, source } = row
  return { id, hash, tenant, name, source, createdMs: row.created, lastUsedDay: row.last_day, revokedMs: row.revoked }
}
