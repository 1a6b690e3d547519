import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { openDatabase } from './openDatabase.ts'
import type { Database } from './Database.ts'

const MIGRATIONS = [{ version: 1, name: 'notes', up: 'CREATE TABLE note(text TEXT NOT NULL) STRICT' }]
const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')

/** SQLite as it is, on a disk that fails whenever something is undone. */
function failRollbacks(): void {
  const original = exec?.value as (sql: string) => void
  Object.defineProperty(DatabaseSync.prototype, 'exec', {
    configurable: true,
    value(this: DatabaseSync, sql: string) {
      if (sql.startsWith('ROLLBACK')) throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
      original.call(this, sql)
    },
  })
}

function healRollbacks(): void {
  if (exec !== undefined) Object.defineProperty(DatabaseSync.prototype, 'exec', exec)
}

describe('a rollback that fails', () => {
  let db: Database
  afterEach(() => {
    healRollbacks()
    db.close()
  })
  const notes = (): unknown[] => db.all('SELECT text FROM note').map((row) => (row as { text: string }).text)
  const giveUp = (): void => {
    db.transaction(() => {
      db.run('INSERT INTO note(text) VALUES (?)', 'given up')
      throw new Error('changed my mind')
    })
  }

  it('is told as what led to it, and is made good before anything else is written', () => {
    db = openDatabase({ path: ':memory:', migrations: MIGRATIONS })
    failRollbacks()
    expect(giveUp).toThrow('changed my mind')
    expect(() => db.run('INSERT INTO note(text) VALUES (?)', 'never')).toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE', retryable: true }),
    )
    healRollbacks()
    db.run('INSERT INTO note(text) VALUES (?)', 'alone')
    db.transaction(() => {
      db.run('INSERT INTO note(text) VALUES (?)', 'together')
    })
    expect(notes()).toEqual(['alone', 'together'])
  })

  it('of a part leaves nothing of the whole', () => {
    db = openDatabase({ path: ':memory:', migrations: MIGRATIONS })
    failRollbacks()
    expect(() => {
      db.transaction(() => {
        db.run('INSERT INTO note(text) VALUES (?)', 'outside')
        try {
          giveUp()
        } catch {
          // The part is given up; the whole would go on.
        }
        db.run('INSERT INTO note(text) VALUES (?)', 'more')
      })
    }).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }))
    healRollbacks()
    expect(notes()).toEqual([])
  })
})
