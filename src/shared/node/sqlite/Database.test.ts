import { describe, expect, it } from 'vitest'
import { AppError } from '../../index.ts'
import { isSqliteNewEnough, openDatabase } from './openDatabase.ts'
import { toDatabaseError } from './sqliteError.ts'

const MIGRATIONS = [
  { version: 1, name: 'notes', up: 'CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT UNIQUE) STRICT' },
]

function openNotes() {
  return openDatabase({ path: ':memory:', migrations: MIGRATIONS })
}

describe('Database', () => {
  it('reads rows, first rows, RETURNING and changes', () => {
    const db = openNotes()
    expect(db.get('INSERT INTO note(text) VALUES (?) RETURNING id', 'a')).toEqual({ id: 1 })
    expect(db.run('INSERT INTO note(text) VALUES (?), (?)', 'b', 'c')).toEqual({ changes: 2 })
    expect(db.insert('INSERT INTO note(text) VALUES (?)', 'd')).toBe(4)
    expect(db.all('SELECT text FROM note ORDER BY id')).toEqual([
      ...[{ text: 'a' }, { text: 'b' }, { text: 'c' }, { text: 'd' }],
    ])
    expect(db.get('SELECT id FROM note WHERE text = ?', 'missing')).toBeUndefined()
    db.close()
  })

  it('rolls a failed transaction back and keeps what a failed inner one did not touch', () => {
    const db = openNotes()
    db.transaction(() => {
      db.run('INSERT INTO note(text) VALUES (?)', 'kept')
      expect(() =>
        db.transaction(() => {
          db.run('INSERT INTO note(text) VALUES (?)', 'dropped')
          throw new Error('inner')
        }),
      ).toThrow('inner')
    })
    expect(() =>
      db.transaction(() => {
        db.run('INSERT INTO note(text) VALUES (?)', 'also dropped')
        db.run('INSERT INTO note(text) VALUES (?)', 'kept')
      }),
    ).toThrow('UNIQUE')
    expect(db.all('SELECT text FROM note')).toEqual([{ text: 'kept' }])
    db.close()
  })

  it('refuses an asynchronous transaction and rolls it back', () => {
    const db = openNotes()
    const work = (): Promise<void> => {
      db.run('INSERT INTO note(text) VALUES (?)', 'async')
      return Promise.resolve()
    }
    expect(() => db.transaction(work)).toThrow('must not be asynchronous')
    expect(db.all('SELECT * FROM note')).toEqual([])
    db.close()
  })

  it('has full-text search with trigrams', () => {
    const db = openNotes()
    expect(db.features).toEqual({ fts5: true, trigram: true })
    db.close()
  })

  it('closes twice without harm', () => {
    const db = openNotes()
    db.close()
    db.close()
    expect(() => db.all('SELECT 1')).toThrow()
  })
})

describe('isSqliteNewEnough', () => {
  it.each([
    ['3.51.3', true],
    ['3.53.0', true],
    ['4.0.0', true],
    ['3.51.2', false],
    ['3.9.9', false],
  ])('%s → %s', (version, expected) => {
    expect(isSqliteNewEnough(version)).toBe(expected)
  })
})

describe('toDatabaseError', () => {
  it.each([
    [13, 'DISK_FULL'],
    [5, 'DB_BUSY'],
    [11, 'DB_CORRUPT'],
    [26, 'DB_CORRUPT'],
    [8 | (1 << 8), 'DATA_DIR_UNWRITABLE'],
  ])('result code %i → %s', (errcode, code) => {
    expect(toDatabaseError(Object.assign(new Error('x'), { errcode }), 'p')).toMatchObject({ code })
  })

  it('leaves other errors alone', () => {
    const error = new AppError('INTERNAL')
    expect(toDatabaseError(error, 'p')).toBe(error)
  })
})
