import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createQuietPlatform } from '../../test/fakes/quietPlatform.ts'
import { createLogger, ensureDir, openDatabase, systemClock } from '../shared/node/index.ts'
import { newRecord } from './compose/index.ts'
import { STUDIO_MIGRATIONS } from './database/migrations.ts'
import { createRecordStore } from './history/index.ts'
import type { StoredInput, StoredRecord } from './history/index.ts'
import { createStudio } from './index.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-watch-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

/** Records as an earlier life of the studio left them; their inputs are gone. */
async function leave(change: Partial<StoredRecord>): Promise<string> {
  await ensureDir(join(dir, 'data'), 0o700)
  const stamp = { sizeBytes: 1, mtimeMs: 1, inode: 1, device: 1 }
  const input: StoredInput = { path: join(dir, 'gone'), name: 'a', ext: '.mp4', durationMs: 1, stamp, digests: null }
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const made = newRecord({ avatar: input, voice: input, options, wantedPath: null, retryOf: null, nowMs: 1 })
  const db = openDatabase({ path: join(dir, 'data', 'studio.db'), migrations: STUDIO_MIGRATIONS })
  createRecordStore({ db, log, clock: systemClock }).insert({ ...made, ...change })
  db.close()
  return made.id
}

it('tells the end of a task once: not again when it is brought back in a later life', async () => {
  const ended = await leave({ phase: 'failed', endedAtMs: 2 })
  const active = await leave({})
  const notices: string[] = []
  const studio = await createStudio({
    dataDir: join(dir, 'data'),
    outputDir: dir,
    resourcesDir: resolve('resources'),
    version: '0',
    locale: 'en',
    platform: createQuietPlatform({ onNotice: ({ recordId }) => void notices.push(recordId) }),
    log,
  })
  try {
    const { history } = createRouterClient(studio.router)
    await history.remove({ id: ended, withFile: false })
    await history.restore({ id: ended })
    // Goes on with the active one, which ends because its inputs are gone: its notice comes after any of the other.
    await studio.start()
    await vi.waitFor(() => expect(notices).toContain(active), { timeout: 10_000 })
    expect(notices).toEqual([active])
  } finally {
    await studio.stop()
  }
})
