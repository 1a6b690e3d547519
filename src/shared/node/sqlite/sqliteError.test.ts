import { expect, it } from 'vitest'
import { AppError } from '../../index.ts'
import { toDatabaseError } from './sqliteError.ts'

/** As node:sqlite throws them; the upper bits tell where, the lowest byte tells what. */
function thrown(errcode: number): Error {
  return Object.assign(new Error('sqlite'), { code: 'ERR_SQLITE_ERROR', errcode })
}

it.each([
  [5, 'DB_BUSY', true],
  [7, 'STORE_UNAVAILABLE', true],
  [10 | (3 << 8), 'STORE_UNAVAILABLE', true],
  [11, 'DB_CORRUPT', false],
  [13, 'DISK_FULL', true],
  [14, 'DATA_DIR_UNWRITABLE', false],
  [26, 'DB_CORRUPT', false],
])('names result code %i as %s', (errcode, code, retryable) => {
  const error = toDatabaseError(thrown(errcode), '/data/gateway.db')
  expect(error).toBeInstanceOf(AppError)
  expect(error).toMatchObject({ code, retryable })
})

it('leaves a constraint what it is', () => {
  const error = thrown(19)
  expect(toDatabaseError(error, '/data/gateway.db')).toBe(error)
})
