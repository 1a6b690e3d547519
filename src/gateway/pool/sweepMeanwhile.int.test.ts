import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { declare, makeDataDir, openPool, removeDataDir } from './testing/openPool.ts'

const TENANT = 't-one'
const YEARS_MS = 10 * 365 * 24 * 3_600_000

let dataDir: string
beforeEach(async () => {
  dataDir = await makeDataDir()
})
afterEach(async () => {
  await removeDataDir(dataDir)
})

it('never takes a file that is being published for a leftover, whatever the wall clock says', async () => {
  const { pool, clock, close } = await openPool(dataDir)
  // Every file looks years old to such a clock.
  clock.jumpWall(Date.now() - clock.now() + YEARS_MS)
  const published = new AbortController()
  const sweeping = (async () => {
    while (!published.signal.aborted) await pool.sweep()
  })()
  const contents = Array.from({ length: 60 }, (_, index) => Buffer.from(`file ${String(index)}`))
  for (const content of contents) await pool.put(TENANT, declare(content), Readable.from([content]))
  published.abort()
  await sweeping
  const found = await pool.findMany(
    TENANT,
    contents.map((content) => declare(content).md5 ?? ''),
  )
  expect(found.size).toBe(contents.length)
  await close()
})
