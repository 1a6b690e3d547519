import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createQuietPlatform } from '../../test/fakes/quietPlatform.ts'
import { createFakeClock } from '../shared/index.ts'
import { createLogger, openDatabase } from '../shared/node/index.ts'
import { newRecord } from './compose/index.ts'
import { STUDIO_MIGRATIONS } from './database/migrations.ts'
import { createRecordStore } from './history/index.ts'
import type { StoredInput } from './history/index.ts'
import { createStudio } from './index.ts'
import type { Studio } from './index.ts'

const HOUR_MS = 3_600_000
/** A slow disk may take its time. */
const WAIT = { timeout: 10_000 }
const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })

let dir: string
let studio: Studio
let clock: ReturnType<typeof createFakeClock>
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-tidying-'))
  clock = createFakeClock()
})
afterEach(async () => {
  await studio.stop()
  await rm(dir, { recursive: true, force: true })
})

const open = async (): Promise<Studio> => {
  studio = await createStudio({
    dataDir: join(dir, 'data'),
    outputDir: dir,
    resourcesDir: resolve('resources'),
    version: '0',
    locale: 'en',
    platform: createQuietPlatform(),
    log,
    clock,
  })
  return studio
}

/** A record with a video and its poster, as an earlier life of the studio left them. */
async function leaveDone(name: string, digit: string): Promise<string> {
  const stamp = { sizeBytes: 1, mtimeMs: 1, inode: 1, device: 1 }
  const input: StoredInput = { path: '/in/a', name, ext: '.mp4', durationMs: 1, stamp, digests: null }
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const made = newRecord({ avatar: input, voice: input, options, wantedPath: null, retryOf: null, nowMs: clock.now() })
  const path = join(dir, `${name}.mp4`)
  const output = { path, sizeBytes: 1, durationMs: 1, width: 2, height: 2, fps: 25, sha256: digit.repeat(64) }
  const db = openDatabase({ path: join(dir, 'data', 'studio.db'), migrations: STUDIO_MIGRATIONS })
  createRecordStore({ db, log, clock }).insert({ ...made, phase: 'done', endedAtMs: clock.now(), output })
  db.close()
  await writeFile(path, name)
  await mkdir(join(dir, 'data', 'media'), { recursive: true })
  await writeFile(join(dir, 'data', 'media', `${digit.repeat(64)}.jpg`), 'x')
  return made.id
}

const videos = async (): Promise<string[]> => (await readdir(dir)).filter((name) => name !== 'data').sort()
const posters = async (): Promise<string[]> => (await readdir(join(dir, 'data', 'media'))).sort()

it('frees a deleted video an hour later while it runs, and until then gives it back', async () => {
  const [kept, removed] = [await leaveDone('kept', 'a'), await leaveDone('removed', 'b')]
  await (await open()).start()
  const { history } = createRouterClient(studio.router)
  await history.remove({ id: kept, withFile: true })
  await history.remove({ id: removed, withFile: true })
  expect(await videos()).toEqual([`.${kept}.removed`, `.${removed}.removed`].sort())
  // Past a run of the regular job, not yet past the hour.
  clock.advance(30 * 60_000)
  await history.restore({ id: kept })
  expect(await readFile(join(dir, 'kept.mp4'), 'utf8')).toBe('kept')
  await vi.waitFor(async () => {
    clock.advance(HOUR_MS)
    expect(await videos()).toEqual(['kept.mp4'])
  }, WAIT)
  await expect(history.restore({ id: removed })).rejects.toMatchObject({ data: { code: 'HISTORY_NOT_FOUND' } })
})

it('removes the poster of a deleted video a day later, and keeps those the history shows', async () => {
  await leaveDone('kept', 'a')
  const removed = await leaveDone('removed', 'b')
  await (await open()).start()
  await createRouterClient(studio.router).history.remove({ id: removed, withFile: true })
  clock.advance(30 * 60_000)
  expect(await posters()).toHaveLength(2)
  await vi.waitFor(async () => {
    clock.advance(24 * HOUR_MS)
    expect(await posters()).toEqual([`${'a'.repeat(64)}.jpg`])
  }, WAIT)
})

it('ends a run that is under way before it closes its history', async () => {
  await leaveDone('kept', 'a')
  await writeFile(join(dir, 'data', 'media', `${'b'.repeat(64)}.jpg`), 'x')
  await (await open()).start()
  clock.advance(30 * 60_000)
  await studio.stop()
  expect(await posters()).toEqual([`${'a'.repeat(64)}.jpg`])
  expect(clock.pendingTimers).toBe(0)
})
