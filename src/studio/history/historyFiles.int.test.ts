import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { newRecord } from '../compose/drafts.ts'
import { bringVideoBack, hideVideo } from './historyFiles.ts'
import type { StoredInput, StoredRecord } from './storedRecord.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-history-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

function done(path: string): StoredRecord {
  const stamp = { sizeBytes: 1, mtimeMs: 1, inode: 1, device: 1 }
  const input: StoredInput = { path: '/in/a', name: 'a', ext: '.mp4', durationMs: 1, stamp, digests: null }
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const made = newRecord({ avatar: input, voice: input, options, wantedPath: null, retryOf: null, nowMs: 0 })
  const output = { path, sizeBytes: 3, durationMs: 1, width: 2, height: 2, fps: 25, sha256: '0'.repeat(64) }
  return { ...made, phase: 'done', output }
}

it('brings a hidden video back under its name', async () => {
  const path = join(dir, 'a.mp4')
  const record = done(path)
  await writeFile(path, 'old')
  await hideVideo(record)
  expect(await readdir(dir)).toEqual([`.${record.id}.removed`])
  await bringVideoBack(record, () => undefined)
  expect([await readdir(dir), await readFile(path, 'utf8')]).toEqual([['a.mp4'], 'old'])
  await bringVideoBack(record, () => undefined)
  expect(await readdir(dir)).toEqual(['a.mp4'])
})

it('never overwrites a video that took the name meanwhile', async () => {
  const path = join(dir, 'a.mp4')
  const record = done(path)
  await writeFile(path, 'old')
  await hideVideo(record)
  await writeFile(path, 'new')
  const planned: string[] = []
  await bringVideoBack(record, (free) => void planned.push(free))
  expect(planned).toEqual([join(dir, 'a (2).mp4')])
  expect([await readFile(path, 'utf8'), await readFile(planned[0] ?? '', 'utf8')]).toEqual(['new', 'old'])
})
