import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backUpDatabase } from './backUpDatabase.ts'
import { listBackups } from './backupFiles.ts'
import type { Database } from './Database.ts'
import { openDatabase } from './openDatabase.ts'

const NOTES = { version: 1, name: 'notes', up: 'CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT UNIQUE)' }

let dir: string
let path: string
let db: Database
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-backup-'))
  path = join(dir, 'app.db')
  db = openDatabase({ path, migrations: [NOTES] })
})
afterEach(() => {
  db.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Some 40 MB: a copy of it takes several steps. */
function fill(rows = 2_000): void {
  db.transaction(() => {
    for (let row = 0; row < rows; row += 1) write(`${String(row)} ${'x'.repeat(20_000)}`)
  })
}

function write(text: string): void {
  db.run('INSERT INTO note(text) VALUES (?)', text)
}

function notesIn(file: string | undefined): unknown {
  const copy = new DatabaseSync(file ?? '', { readOnly: true })
  try {
    return copy.prepare('SELECT count(*) AS notes, max(id) AS last FROM note').all()[0]
  } finally {
    copy.close()
  }
}

describe('backUpDatabase', () => {
  it('copies one moment while the owner goes on writing, as one sound file', async () => {
    fill()
    const copying = new Set(['copy'])
    const made = backUpDatabase(path, { nowMs: 7 }).finally(() => copying.clear())
    const total = (): number => db.get<{ notes: number }>('SELECT count(*) AS notes FROM note')?.notes ?? 0
    let turns = 0
    while (copying.size > 0) {
      write(`meanwhile ${String(turns)}`)
      turns += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
    // The owner was not held up: it wrote many times during one copy.
    expect(turns).toBeGreaterThan(10)
    const target = await made
    expect(readdirSync(join(dir, 'backups'))).toEqual(['app.db-000000000000007.bak'])
    const { notes, last } = notesIn(target) as { notes: number; last: number }
    expect(notes).toBe(last)
    expect(notes).toBeGreaterThanOrEqual(2_000)
    expect(notes).toBeLessThan(total())
  })

  it('gives up when it is told to, leaves nothing, and clears away what a kill left', async () => {
    fill()
    mkdirSync(join(dir, 'backups'))
    writeFileSync(join(dir, 'backups', 'app.db-000000000000001.bak.tmp'), 'half')
    writeFileSync(join(dir, 'backups', 'app.db-000000000000001.bak.tmp-journal'), 'half')
    const giving = new AbortController()
    const made = backUpDatabase(path, { nowMs: 2, signal: giving.signal })
    giving.abort(new Error('the gateway stops'))
    await expect(made).rejects.toThrow('the gateway stops')
    expect(readdirSync(join(dir, 'backups'))).toEqual([])
    await backUpDatabase(path, { nowMs: 3 })
    expect(listBackups(path)).toHaveLength(1)
  })

  it('keeps three', async () => {
    for (const nowMs of [1, 2, 3, 4]) await backUpDatabase(path, { nowMs })
    expect(listBackups(path).map((file) => /(\d)\.bak$/.exec(file)?.[1])).toEqual(['4', '3', '2'])
  })

  it('never counts a copy of a damaged database, and keeps the good ones', async () => {
    fill(200)
    await backUpDatabase(path, { nowMs: 1 })
    const before = listBackups(path)
    db.close()
    const bytes = readFileSync(path)
    bytes.fill(0xa5, 4_096 * 20, 4_096 * 40)
    writeFileSync(path, bytes)
    await expect(backUpDatabase(path, { nowMs: 2 })).rejects.toMatchObject({ code: 'DB_CORRUPT' })
    expect(listBackups(path)).toEqual(before)
  })

  it('says DISK_FULL where it would take the last space', async () => {
    await expect(backUpDatabase(path, { nowMs: 1, spareBytes: 1e18 })).rejects.toMatchObject({
      ...{ code: 'DISK_FULL', retryable: true },
    })
    expect(readdirSync(join(dir, 'backups'))).toEqual([])
  })
})
