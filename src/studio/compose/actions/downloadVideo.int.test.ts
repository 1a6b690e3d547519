import { createHash } from 'node:crypto'
import { link, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { StoredInput, StoredRecord } from '../../history/index.ts'
import { newRecord } from '../drafts.ts'
import { downloadVideo } from './downloadVideo.ts'
import { openOneAction } from './testing/oneAction.ts'

const VIDEO = 'a whole video'

let outputDir: string
beforeEach(async () => {
  outputDir = await mkdtemp(join(tmpdir(), 'dhs-download-'))
})
afterEach(async () => {
  await rm(outputDir, { recursive: true, force: true })
})

function downloading(plannedPath: string): StoredRecord {
  const stamp = { sizeBytes: 1, mtimeMs: 1, inode: 1, device: 1 }
  const input: StoredInput = { path: '/in/a', name: 'a', ext: '.mp4', durationMs: 1, stamp, digests: null }
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const made = newRecord({ avatar: input, voice: input, options, wantedPath: null, retryOf: null, nowMs: 0 })
  const digest = (algorithm: string): string => createHash(algorithm).update(VIDEO).digest('hex')
  const announced = {
    md5: digest('md5'),
    sha256: digest('sha256'),
    ext: '.mp4' as const,
    size: VIDEO.length,
    duration_ms: 1,
    width: 2,
    height: 2,
    fps: 25,
  }
  return { ...made, phase: 'downloading', announced, plannedPath }
}

it('takes a video that was published before a crash, and leaves no second name of it', async () => {
  const { deps, events, runOf, close } = openOneAction(outputDir)
  const path = join(outputDir, 'video.mp4')
  const record = downloading(path)
  await writeFile(path, VIDEO)
  await link(path, join(outputDir, `.${record.id}.part`))
  await downloadVideo(deps, runOf(record))
  expect(events).toMatchObject([{ kind: 'downloaded', output: { path } }])
  expect(await readdir(outputDir)).toEqual(['video.mp4'])
  await close()
})
