import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, rotateBackup } from './openDatabase.ts'
import type { Migration } from './migration.ts'
import { canMountTmpfs } from '../../../../test/disk/tmpfs.ts'

const FIRST: Migration = { version: 1, name: 'notes', up: 'CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)' }
const MODULE_URL = new URL('./openDatabase.ts', import.meta.url).href
const IN_SMALL_DISK = 'mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" --input-type=module -e "$3"'
const backupOf = (nowMs: number): string => `app.db-${String(nowMs).padStart(15, '0')}.bak`

describe('rotateBackup', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-rotate-'))
  })
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  it('drops what a kill left of an earlier one', () => {
    const backups = join(dir, 'backups')
    mkdirSync(backups)
    for (const suffix of ['', '-journal']) writeFileSync(join(backups, `${backupOf(1)}.tmp${suffix}`), 'half of it')
    writeFileSync(join(backups, 'notes.txt'), 'of a person')
    const db = openDatabase({ path: join(dir, 'app.db'), migrations: [FIRST] })
    rotateBackup(db, { nowMs: 2 })
    db.close()
    expect(readdirSync(backups).sort()).toEqual([backupOf(2), 'notes.txt'])
  })

  it.skipIf(!canMountTmpfs('a full disk under a rotated backup'))(
    'leaves nothing where it fails on a full disk',
    () => {
      const script = `
      import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
      const { openDatabase, rotateBackup } = await import(${JSON.stringify(MODULE_URL)})
      const dir = ${JSON.stringify(dir)}
      const db = openDatabase({ path: dir + '/app.db', migrations: ${JSON.stringify([FIRST])} })
      for (let i = 0; i < 6; i += 1) db.run('INSERT INTO note(text) VALUES (?)', 'x'.repeat(100_000))
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      const free = statfsSync(dir)
      // Room for a part of the copy.
      writeFileSync(dir + '/ballast', Buffer.alloc(free.bavail * free.bsize - 300_000))
      const attempt = (nowMs) => {
        try { rotateBackup(db, { nowMs }) } catch (error) { return error.code }
      }
      const refused = [attempt(1), attempt(2), readdirSync(dir + '/backups')]
      rmSync(dir + '/ballast')
      attempt(3)
      console.log(JSON.stringify([...refused, readdirSync(dir + '/backups')]))`
      const output = execFileSync('unshare', ['-Urm', 'sh', '-c', IN_SMALL_DISK, 'sh', dir, process.execPath, script])
      expect(JSON.parse(output.toString())).toEqual(['DISK_FULL', 'DISK_FULL', [], [backupOf(3)]])
    },
  )
})
