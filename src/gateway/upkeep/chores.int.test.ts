import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AppError, DAY_MS } from '../../shared/index.ts'
import { declare, filesOf, makeDataDir, openPool, removeDataDir } from '../pool/testing/openPool.ts'
import type { OpenPool } from '../pool/testing/openPool.ts'
import { createHeardLog } from '../testing/heardLog.ts'
import { poolChores } from './chores.ts'

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

it('sweeps the pool also where the assets cannot be swept, and says both', async () => {
  const { pool, root } = opened
  const { log, infos } = createHeardLog()
  const errors: unknown[] = []
  const full = new AppError('DISK_FULL')
  const [chore] = poolChores({
    pool,
    assets: { sweep: () => Promise.reject(full) },
    log: { ...log, error: (_, fields) => void errors.push(fields) },
  })
  await writeFile(join(root, '.tmp', 'p-left'), 'x')
  await chore?.run(new AbortController().signal)
  expect(await filesOf(root)).toEqual([])
  expect(infos.map(({ fields }) => fields)).toEqual([{ temporaries: 1, expired: 0, unindexed: 0 }])
  expect(errors).toEqual([{ error: full }])
})

it('ends with the file under way when it is told to stop, whatever is still due', async () => {
  const { pool, clock } = opened
  const contents = ['one', 'two', 'three', 'four'].map((text) => Buffer.from(text))
  for (const content of contents) await pool.put('t-one', declare(content), Readable.from([content]))
  clock.advance(8 * DAY_MS)
  const stopping = new AbortController()
  pool.guardBy(() => {
    stopping.abort()
    return false
  })
  const { log } = createHeardLog()
  const [chore] = poolChores({ pool, assets: { sweep: () => Promise.resolve() }, log })
  await chore?.run(stopping.signal)
  expect((await pool.totals()).files).toBe(contents.length - 1)
})
