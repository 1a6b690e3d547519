import { expect, it, vi } from 'vitest'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { PoolIndex } from './poolIndex.ts'

const file = (md5: string, size: number) => {
  return { md5, sha256: `${md5}-sha`, ext: '.mp4', size, mtimeMs: 1, origin: 'input' } as const
}

it('knows the size of the whole pool without adding it up again', () => {
  const db = openMemoryGatewayDatabase()
  new PoolIndex(db).add('t-alpha', file('a', 10), 1)
  const index = new PoolIndex(db)
  index.add('t-beta', file('b', 5), 1)
  expect(index.totals()).toEqual({ files: 2, bytes: 15 })
  const get = vi.spyOn(db, 'get')
  index.add('t-alpha', file('c', 100), 2)
  index.remove('t-beta', file('b', 5), 'expired', 3)
  index.remove('t-beta', file('b', 5), 'expired', 4)
  get.mockClear()
  expect([index.totals(), get.mock.calls]).toEqual([{ files: 2, bytes: 110 }, []])
  expect(new PoolIndex(db).totals()).toEqual(index.totals())
  db.close()
})
