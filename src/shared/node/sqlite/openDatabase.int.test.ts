import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listBackups } from './backupFiles.ts'
import type { AdoptBackup, DatabaseRestored } from './backupMark.ts'
import { openDatabase, rotateBackup } from './openDatabase.ts'
import type { Migration } from './migration.ts'
import { canMountTmpfs } from '../../../../test/disk/tmpfs.ts'

const FIRST: Migration = { version: 1, name: 'notes', up: 'CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)' }
const MODULE_URL = new URL('./openDatabase.ts', import.meta.url).href

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-sqlite-'))
  path = join(dir, 'data', 'app.db')
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

/** Breaks pages in the middle of the file, as a failing disk does. */
function damage(): void {
  const bytes = readFileSync(path)
  bytes.fill(0xa5, 100, bytes.length)
  writeFileSync(path, bytes)
}

describe('openDatabase', () => {
  it('keeps data over a restart and applies only new migrations', () => {
    const first = openDatabase({ path, migrations: [FIRST] })
    first.run('INSERT INTO note(text) VALUES (?)', 'hello')
    first.close()
    const second: Migration = {
      version: 2,
      name: 'shout',
      up: (db) => {
        db.exec('ALTER TABLE note ADD COLUMN loud TEXT; UPDATE note SET loud = upper(text)')
      },
    }
    const db = openDatabase({ path, migrations: [FIRST, second] })
    expect(db.all('SELECT text, loud FROM note')).toEqual([{ text: 'hello', loud: 'HELLO' }])
    expect(db.get('PRAGMA synchronous')).toEqual({ synchronous: 2 })
    expect(db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
    db.close()
  })

  it('leaves the old schema when a migration fails half-way', () => {
    openDatabase({ path, migrations: [FIRST] }).close()
    const broken: Migration = {
      version: 2,
      name: 'broken',
      up: 'CREATE TABLE extra(id); INSERT INTO missing VALUES (1)',
    }
    expect(() => openDatabase({ path, migrations: [FIRST, broken] })).toThrow('broken')
    const db = openDatabase({ path, migrations: [FIRST] })
    expect(db.all("SELECT name FROM sqlite_schema WHERE type = 'table'")).toEqual([{ name: 'note' }])
    db.close()
  })

  it('refuses a database of a newer program and does not touch it', () => {
    openDatabase({ path, migrations: [FIRST, { version: 2, name: 'more', up: 'CREATE TABLE more(id)' }] }).close()
    expect(() => openDatabase({ path, migrations: [FIRST] })).toThrow(
      expect.objectContaining({ code: 'DB_FROM_FUTURE' }),
    )
  })

  it('refuses a second owner in this process, naming the pid, and frees it on close', () => {
    const db = openDatabase({ path, migrations: [FIRST] })
    expect(() => openDatabase({ path, migrations: [FIRST] })).toThrow(
      expect.objectContaining({
        code: 'DB_IN_USE',
        data: { file: expect.stringMatching(/^[^/]+\/[^/]+$/) as string, pid: process.pid },
      }),
    )
    db.close()
    openDatabase({ path, migrations: [FIRST] }).close()
  })

  it('refuses while another process owns it, and needs no clean-up after that process is killed', async () => {
    const script = `
      const { openDatabase } = await import(${JSON.stringify(MODULE_URL)})
      const db = openDatabase({ path: ${JSON.stringify(path)}, migrations: ${JSON.stringify([FIRST])} })
      db.run("INSERT INTO note(text) VALUES ('from the child')")
      console.log('open')
      setInterval(() => db.path, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    expect(() => openDatabase({ path, migrations: [FIRST] })).toThrow(
      expect.objectContaining({
        code: 'DB_IN_USE',
        data: { file: expect.stringMatching(/^[^/]+\/[^/]+$/) as string, pid: child.pid },
      }),
    )
    child.kill('SIGKILL')
    await once(child, 'exit')
    const db = openDatabase({ path, migrations: [FIRST] })
    expect(db.all('SELECT text FROM note')).toEqual([{ text: 'from the child' }])
    db.close()
  })

  it('puts a damaged file aside and restores the newest good backup', () => {
    const db = openDatabase({ path, migrations: [FIRST] })
    db.run('INSERT INTO note(text) VALUES (?)', 'saved')
    const good = rotateBackup(db, { nowMs: 1 })
    db.run('INSERT INTO note(text) VALUES (?)', 'lost')
    const bad = rotateBackup(db, { nowMs: 2 })
    db.close()
    damage()
    writeFileSync(bad, 'not a database at all, only some text that is long enough to be read')
    const events: DatabaseRestored[] = []
    const restored = openDatabase({ path, migrations: [FIRST], onRestored: (event) => events.push(event) })
    expect(restored.all('SELECT text FROM note')).toEqual([{ text: 'saved' }])
    restored.close()
    expect(events).toMatchObject([{ path, backupAtMs: 1 }])
    expect(existsSync(good)).toBe(true)
    expect(existsSync(events[0]?.damagedPath ?? '')).toBe(true)
  })

  it('lets its owner change a backup before anything sees it, also one that a person put in place, and once only', () => {
    const db = openDatabase({ path, migrations: [FIRST] })
    const good = rotateBackup(db, { nowMs: 1 })
    db.close()
    copyFileSync(good, path)
    const events: DatabaseRestored[] = []
    const adoptBackup: AdoptBackup = (copy) => {
      copy.exec("INSERT INTO note(text) VALUES ('adopted')")
    }
    const failing: AdoptBackup = (copy) => {
      copy.exec("INSERT INTO note(text) VALUES ('half adopted')")
      throw new Error('not now')
    }
    expect(() => openDatabase({ path, migrations: [FIRST], adoptBackup: failing })).toThrow('not now')
    for (let start = 0; start < 2; start += 1) {
      const restored = openDatabase({ path, migrations: [FIRST], adoptBackup, onRestored: (one) => events.push(one) })
      expect(restored.all('SELECT text FROM note')).toEqual([{ text: 'adopted' }])
      restored.close()
    }
    expect(events).toEqual([{ path, backupAtMs: 1, damagedPath: null }])
  })

  it('takes a database whose WAL was taken away after a kill for an old state, and no other', () => {
    const db = openDatabase({ path, migrations: [FIRST] })
    db.run("INSERT INTO note(text) VALUES ('stored')")
    db.close()
    const adoptBackup: AdoptBackup = (old) => {
      old.exec("INSERT INTO note(text) VALUES ('adopted')")
    }
    let lost = 0
    const open = (): string[] => {
      const opened = openDatabase({ path, migrations: [FIRST], adoptBackup, onWalLost: () => (lost += 1) })
      const texts = opened.all<{ text: string }>('SELECT text FROM note').map((row) => row.text)
      opened.close()
      return texts
    }
    expect(open()).toEqual(['stored'])
    // What a killed owner leaves, without its WAL.
    writeFileSync(`${path}.lock.pid`, '1')
    expect([open(), open(), lost]).toEqual([['stored', 'adopted'], ['stored', 'adopted'], 1])
    writeFileSync(`${path}.lock.pid`, '1')
    writeFileSync(`${path}-wal`, '')
    expect([open(), lost]).toEqual([['stored', 'adopted'], 1])
  })

  it('goes on with a restore where a kill between two renames ended it', () => {
    const db = openDatabase({ path, migrations: [FIRST] })
    db.run('INSERT INTO note(text) VALUES (?)', 'saved')
    const good = rotateBackup(db, { nowMs: 1 })
    db.close()
    damage()
    copyFileSync(good, `${path}.restore`)
    renameSync(path, `${path}.damaged-1`)
    writeFileSync(`${path}-wal`, 'of the damaged one')
    const restored = openDatabase({ path, migrations: [FIRST] })
    expect(restored.all('SELECT text FROM note')).toEqual([{ text: 'saved' }])
    restored.close()
    expect(existsSync(`${path}.restore`)).toBe(false)
  })

  it('makes a backup before it changes the schema, and goes on without one where none can be made', () => {
    const second: Migration = { version: 2, name: 'more', up: 'CREATE TABLE more(id)' }
    const third: Migration = { version: 3, name: 'most', up: 'CREATE TABLE most(id)' }
    openDatabase({ path, migrations: [FIRST] }).close()
    expect(listBackups(path)).toEqual([])
    const db = openDatabase({ path, migrations: [FIRST, second] })
    for (const nowMs of [1, 2, 3, 4]) rotateBackup(db, { nowMs })
    db.close()
    const kept = listBackups(path)
    expect(kept.map((name) => name.replace(/.*-before/, 'before').replace(/.*-0+/, ''))).toEqual([
      ...['before-v2.bak', '4.bak', '3.bak', '2.bak'],
    ])
    const copy = new DatabaseSync(kept[0] ?? '', { readOnly: true })
    expect(copy.prepare('PRAGMA user_version').all()).toEqual([{ user_version: 1 }])
    copy.close()
    rmSync(join(dir, 'data', 'backups'), { recursive: true })
    writeFileSync(join(dir, 'data', 'backups'), '')
    const failures: unknown[] = []
    const migrations = [FIRST, second, third]
    openDatabase({ path, migrations, onBackupFailed: (error) => failures.push(error) }).close()
    expect(failures).toHaveLength(1)
  })

  it('says DB_CORRUPT without a good backup and leaves the file untouched', () => {
    openDatabase({ path, migrations: [FIRST] }).close()
    damage()
    const before = readFileSync(path)
    expect(() => openDatabase({ path, migrations: [FIRST] })).toThrow(
      expect.objectContaining({ code: 'DB_CORRUPT', data: { file: basename(path) } }),
    )
    expect(readFileSync(path)).toEqual(before)
  })

  it('leaves a damaged file and the WAL of an unclean stop as they are', () => {
    const live = openDatabase({ path: join(dir, 'live.db'), migrations: [FIRST] })
    live.run('INSERT INTO note(text) VALUES (?)', 'x'.repeat(10_000))
    live.exec('PRAGMA wal_checkpoint(PASSIVE)')
    live.run('INSERT INTO note(text) VALUES (?)', 'only in the WAL')
    mkdirSync(join(dir, 'data'))
    for (const suffix of ['', '-wal']) copyFileSync(join(dir, `live.db${suffix}`), path + suffix)
    live.close()
    damage()
    const before = [readFileSync(path), readFileSync(`${path}-wal`)]
    expect(() => openDatabase({ path, migrations: [FIRST] })).toThrow(expect.objectContaining({ code: 'DB_CORRUPT' }))
    expect([readFileSync(path), readFileSync(`${path}-wal`)]).toEqual(before)
  })

  it('keeps three backups', () => {
    const db = openDatabase({ path, migrations: [FIRST] })
    const made = [1, 2, 3, 4].map((nowMs) => rotateBackup(db, { nowMs }))
    db.close()
    expect(made.map((file) => existsSync(file))).toEqual([false, true, true, true])
  })

  it('keeps the WAL small under RETURNING reads', () => {
    const db = openDatabase({ path, migrations: [FIRST] })
    // 72 MiB in all, in one turn of the event loop: without a checkpoint it would all be in the WAL.
    for (let count = 0; count < 3000; count += 1) {
      db.get('INSERT INTO note(text) VALUES (?) RETURNING id', 'x'.repeat(20_000))
    }
    expect(statSync(`${path}-wal`).size).toBeLessThan(40 * 1024 * 1024)
    db.close()
  })

  it('brings the WAL into the database between turns of the event loop, before a commit has to', async () => {
    const db = openDatabase({ path, migrations: [FIRST] })
    for (let count = 0; count < 3000; count += 1) {
      db.transaction(() => db.run('INSERT INTO note(text) VALUES (?)', 'x'.repeat(20_000)))
      await nextTurn()
    }
    expect(statSync(`${path}-wal`).size).toBeLessThan(20 * 1024 * 1024)
    db.close()
  })

  it('says DATA_DIR_UNWRITABLE when the folder cannot be made', () => {
    writeFileSync(join(dir, 'data'), '')
    expect(() => openDatabase({ path, migrations: [FIRST] })).toThrow(
      expect.objectContaining({ code: 'DATA_DIR_UNWRITABLE' }),
    )
  })
})

describe.skipIf(!canMountTmpfs('a full disk under a database'))('a full disk', () => {
  it('throws DISK_FULL, stays consistent, and works again once there is room', () => {
    const script = `
      import { rmSync, writeFileSync } from 'node:fs'
      const { openDatabase } = await import(${JSON.stringify(MODULE_URL)})
      let fired = 0
      const clock = {
        setTimer(fn) {
          const timer = setTimeout(() => { fired += 1; fn() }, 1)
          return { cancel: () => clearTimeout(timer) }
        },
      }
      const db = openDatabase({ path: ${JSON.stringify(join(dir, 'small', 'app.db'))}, migrations: ${JSON.stringify([FIRST])}, clock })
      const ballast = ${JSON.stringify(join(dir, 'small', 'ballast'))}
      const add = () => db.run('INSERT INTO note(text) VALUES (?)', 'x'.repeat(100_000))
      add()
      writeFileSync(ballast, Buffer.alloc(700_000))
      const codes = new Set()
      let stored = 1
      for (let i = 0; i < 20; i += 1) {
        try { db.transaction(() => { add(); add() }); stored += 2 } catch (error) { codes.add(error.code) }
      }
      // Checkpoints fail too, from a timer: that must end nobody.
      for (const before = fired; fired < before + 3; ) await new Promise((resolve) => setTimeout(resolve, 1))
      rmSync(ballast)
      add()
      const { count } = db.get('SELECT count(*) AS count FROM note')
      const check = db.get('PRAGMA integrity_check')
      db.close()
      console.log(JSON.stringify({ codes: [...codes], isConsistent: count === stored + 1, check }))`
    const output = execFileSync('unshare', [
      '-Urm',
      'sh',
      '-c',
      'mkdir -p "$1" && mount -t tmpfs -o size=1500k tmpfs "$1" && exec "$2" --input-type=module -e "$3"',
      'sh',
      join(dir, 'small'),
      process.execPath,
      script,
    ])
    expect(JSON.parse(output.toString())).toEqual({
      codes: ['DISK_FULL'],
      isConsistent: true,
      check: { integrity_check: 'ok' },
    })
  })
})
