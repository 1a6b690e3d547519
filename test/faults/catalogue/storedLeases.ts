import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import type { World } from '../rig/world.ts'

/** When the live leases run out, by what is stored while the gateway runs. */
export function leaseDeadlines(world: World): readonly number[] {
  const db = new DatabaseSync(join(world.gateway.dataDir, 'gateway.db'), { readOnly: true, timeout: 5_000 })
  try {
    const sql = `SELECT lease_until FROM task WHERE state IN ('leased', 'running', 'cancelling') ORDER BY seq`
    return db
      .prepare(sql)
      .all()
      .map((row) => Number(row['lease_until']))
  } finally {
    db.close()
  }
}
