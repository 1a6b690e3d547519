import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Every stored task and event of a gateway that runs, as a second reader of its database sees them now. */
export function storedRows(dataDir: string): unknown {
  const db = new DatabaseSync(join(dataDir, 'gateway.db'), { readOnly: true })
  try {
    return {
      tasks: db.prepare('SELECT * FROM task ORDER BY seq').all(),
      events: db.prepare('SELECT * FROM event ORDER BY tenant, number').all(),
    }
  } finally {
    db.close()
  }
}
