import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface StoredRows {
  readonly tasks: readonly unknown[]
  readonly events: readonly unknown[]
  readonly fieldRuns: readonly unknown[]
}

/** What a gateway that runs has stored of its work, as a second reader of its database sees it now. */
export function storedRows(dataDir: string): StoredRows {
  const db = new DatabaseSync(join(dataDir, 'gateway.db'), { readOnly: true })
  try {
    return {
      tasks: db.prepare('SELECT * FROM task ORDER BY seq').all(),
      events: db.prepare('SELECT * FROM event ORDER BY tenant, number').all(),
      fieldRuns: db.prepare('SELECT * FROM field_run').all(),
    }
  } finally {
    db.close()
  }
}
