import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { declare, filesOf, makeDataDir, openPool, removeDataDir } from './testing/openPool.ts'
import type { OpenPool } from './testing/openPool.ts'

const TENANT = 't-one'
const DAY_MS = 24 * 60 * 60_000

let dataDir: string
let opened: OpenPool
beforeEach(async () => {
  dataDir = await makeDataDir()
  opened = await openPool(dataDir)
})
afterEach(async () => {
  await opened.close()
  await removeDataDir(dataDir)
})

/** As on a full disk: what is stored can be read, and nothing can be written. */
function refuseWrites(isRefused: boolean): void {
  opened.db.exec(`PRAGMA query_only = ${isRefused ? 'ON' : 'OFF'}`)
}

/** Brought and asked for: when, waits to be written. */
async function bringUsed(): Promise<string> {
  const content = Buffer.from('a file that stays')
  const { md5, sha256 } = await opened.pool.put(TENANT, declare(content), Readable.from([content]))
  opened.clock.advance(1)
  await opened.pool.find(TENANT, md5)
  return join(TENANT, sha256)
}

it('removes what needs no write to the database while that takes none', async () => {
  const { pool, clock, root } = opened
  // Those that are made now are old to this clock.
  clock.advance(Date.now() - clock.now() + opened.settings.quarantineMs + DAY_MS)
  const kept = await bringUsed()
  await mkdir(join(root, 't-two'))
  const left = [join('t-two', '0'.repeat(64)), join('.quarantine', 'damaged'), join('.tmp', 'p-left')]
  for (const name of left) await writeFile(join(root, name), 'x')
  refuseWrites(true)
  await expect(pool.sweep()).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE' })
  expect(await filesOf(root)).toEqual([kept])
  refuseWrites(false)
  expect(await pool.sweep()).toMatchObject({ expired: 0, temporaries: 0, unindexed: 0 })
})

it('ends its threads, and says what failed, where the last notes cannot be written', async () => {
  const { pool } = opened
  await bringUsed()
  refuseWrites(true)
  await expect(pool.close()).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE' })
  expect(() => pool.hasher.follow('any')).toThrow('stopped')
  refuseWrites(false)
})
