import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../shared/node/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { openGatewayDatabase, openMemoryGatewayDatabase } from './gatewayDatabase.ts'
import { GATEWAY_MIGRATIONS } from './schema/migrations.ts'

let dataDir = ''

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'dhs-migrations-'))
})

afterEach(async () => {
  await rm(dataDir, { recursive: true })
})

/** A database as the release before made it. */
function openOlder(version: number): Database {
  const migrations = GATEWAY_MIGRATIONS.filter((migration) => migration.version <= version)
  return openDatabase({ path: join(dataDir, 'gateway.db'), migrations })
}

function shapeOf(db: Database): readonly unknown[] {
  return db.all(`SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY type, name`)
}

describe('the database of an older release', () => {
  it.each([1, 2])('of version %i becomes what a new one is', (version) => {
    openOlder(version).close()
    const [migrated, fresh] = [openGatewayDatabase(dataDir), openMemoryGatewayDatabase()]
    expect(shapeOf(migrated)).toEqual(shapeOf(fresh))
    migrated.close()
    fresh.close()
  })

  it('of version 2 knows what each task needs of an engine, and the bytes of each removal', () => {
    const old = openOlder(2)
    const payload = JSON.stringify({ options: { loop: 'pingpong', super_resolution: false, ai_badge: true } })
    const common = `'digest', 'heygem_submit', 1, 'queued', 9, 1, 0, 'open', 1`
    const columns = 'id, tenant, request_id, payload, digest, type, class, state, expires, version, created, line, rank'
    old.run(`INSERT INTO task(${columns}) VALUES ('t-1', 't', 'q-1', ?, ${common})`, payload)
    old.run(`INSERT INTO task(${columns}) VALUES ('t-2', 't', 'q-2', ?, ${common})`, '{"options":{}}')
    old.run(
      `INSERT INTO asset(id, tenant, kind, name, md5, sha256, ext, size, created, touched)
       VALUES ('a-1', 't', 'voice', 'n', 'm', 'content', '.wav', 1, 0, 0)`,
    )
    old.run(`INSERT INTO removal(asset, worker, round, task, state, changed) VALUES ('a-1', 'w', 1, NULL, 'open', 0)`)
    old.close()

    const db = openGatewayDatabase(dataDir)
    expect(db.all('SELECT id, type FROM task ORDER BY id')).toEqual([
      { id: 't-1', type: 'heygem_submit+loop+ai_badge' },
      { id: 't-2', type: 'heygem_submit' },
    ])
    expect(db.all('SELECT sha256 FROM removal')).toEqual([{ sha256: 'content' }])
    db.close()
  })
})
