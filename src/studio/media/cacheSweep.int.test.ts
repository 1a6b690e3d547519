import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { sweepMediaCache } from './cacheSweep.ts'
import { readStoredPeaks } from './peaks.ts'

const DAY_MS = 24 * 3_600_000
const clock = createFakeClock()
const [A, B, C] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)] as const

let cacheDir: string
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'dhs-cache-'))
})
afterEach(async () => {
  await rm(cacheDir, { recursive: true, force: true })
})

async function put(name: string, ageMs: number, text = '[0.5]'): Promise<void> {
  await writeFile(join(cacheDir, name), text)
  const at = new Date(clock.now() - ageMs)
  await utimes(join(cacheDir, name), at, at)
}

const sweep = (videos: readonly string[], listVideos = () => new Set(videos)): Promise<number> =>
  sweepMediaCache({ cacheDir, nowMs: clock.now(), listVideos })

it('removes posters of no record, and keeps the others however old', async () => {
  await put(`${A}.jpg`, 400 * DAY_MS)
  await put(`${B}.jpg`, 0)
  await put('notes.jpg', 400 * DAY_MS)
  expect(await sweep([A])).toBe(1)
  expect((await readdir(cacheDir)).sort()).toEqual([`${A}.jpg`, 'notes.jpg'].sort())
})

it('removes peaks that were not read for 90 days', async () => {
  for (const sha256 of [A, B, C]) await put(`${sha256}.peaks.json`, 91 * DAY_MS)
  await put(`${C}.peaks.json`, 89 * DAY_MS)
  expect(await readStoredPeaks(cacheDir, B, new Date(clock.now()))).toEqual([0.5])
  expect(await sweep([])).toBe(1)
  expect((await readdir(cacheDir)).sort()).toEqual([`${B}.peaks.json`, `${C}.peaks.json`])
})

it('never takes the poster of a record that came while it looked', async () => {
  await put(`${A}.jpg`, 0)
  const late = async (): Promise<void> => put(`${B}.jpg`, 0)
  let written: Promise<void> | undefined
  const listVideos = (): Set<string> => {
    written = late()
    return new Set([A])
  }
  expect(await sweep([], listVideos)).toBe(0)
  await written
  expect((await readdir(cacheDir)).sort()).toEqual([`${A}.jpg`, `${B}.jpg`])
})

it('has nothing to do before there is a cache, and does not read the history for it', async () => {
  await rm(cacheDir, { recursive: true })
  const listVideos = (): Set<string> => {
    throw new Error('the history was read')
  }
  expect(await sweep([], listVideos)).toBe(0)
})
