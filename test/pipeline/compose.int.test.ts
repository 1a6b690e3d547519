import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { probeMedia } from '../../src/shared/node/index.ts'
import { AVATAR, createRig, OPTIONS, until, untilEnd, VOICE } from './rig.ts'
import type { Rig } from './rig.ts'

/** A busy machine starts FFmpeg slowly. */
const PATIENT = { timeout: 20_000 }

describe('the whole pipeline', () => {
  let rig: Rig
  beforeEach(async () => {
    rig = await createRig()
  })
  afterEach(async () => {
    await rig.close()
  })

  it('makes a video as long as the voice out of the samples', async () => {
    const gateway = await rig.startGateway()
    await rig.startWorker(gateway)
    const studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
    const record = await studio.api.create({ avatarPath: AVATAR, voicePath: VOICE, options: OPTIONS })

    const done = await untilEnd(studio, record.id)

    expect(done).toMatchObject({ phase: 'done', error: null, engine: 'preview', lipSync: false })
    expect(done.output?.fileName).toBe('welcome-preview.mp4')
    const path = join(rig.outputDir, 'welcome-preview.mp4')
    const [video, voice] = await Promise.all([probeMedia(path), probeMedia(VOICE)])
    expect((await stat(path)).mode & 0o777).toBe(0o644)
    expect(video.video?.codec).toBe('avc')
    expect(video.audio?.codec).toBe('aac')
    expect(Math.abs(video.durationMs - voice.durationMs)).toBeLessThanOrEqual(100)
    expect(done.timeline.map((entry) => entry.step)).toEqual(
      expect.arrayContaining(['hash', 'upload', 'wait', 'download']),
    )
    expect(done.timeline.every((entry) => entry.endedAtMs !== null)).toBe(true)
    expect(studio.door.resolveMedia(handleIn(done.output?.mediaUrl))).toMatchObject({ path, contentType: 'video/mp4' })
    await vi.waitFor(() => {
      expect(studio.door.resolveMedia(handleIn(studio.api.get(done.id).output?.posterUrl))?.contentType).toBe(
        'image/jpeg',
      )
      expect(rig.notices).toEqual([{ title: 'welcome', body: 'Your video is ready', recordId: done.id }])
    }, PATIENT)
  })

  it('keeps a task that nobody can run yet, and runs it when a worker comes', async () => {
    const gateway = await rig.startGateway()
    const studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
    const record = await studio.api.create({ avatarPath: AVATAR, voicePath: VOICE, options: OPTIONS })
    for await (const seen of studio.api.follow(record.id, AbortSignal.timeout(20_000))) {
      if (seen.phase === 'waiting' && seen.wait?.gpu === 'offline') break
    }
    await rig.startWorker(gateway)

    expect((await untilEnd(studio, record.id)).phase).toBe('done')
  })

  it('leaves nothing half made when it is stopped right after the end', async () => {
    const gateway = await rig.startGateway()
    await rig.startWorker(gateway)
    const studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
    const { id } = await studio.api.create({ avatarPath: AVATAR, voicePath: VOICE, options: OPTIONS })
    await untilEnd(studio, id)
    await studio.stop()

    const made = await readdir(join(rig.root, 'studio', 'media')).catch(() => [])
    expect(made.filter((name) => !name.endsWith('.jpg'))).toEqual([])
    expect(await readdir(rig.outputDir)).toEqual(['welcome-preview.mp4'])
  })

  it('waits for an output folder that cannot be written, and goes on by itself', async () => {
    const gateway = await rig.startGateway()
    await rig.startWorker(gateway)
    const studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
    await writeFile(rig.outputDir, 'a file where the folder should be')
    const { id } = await studio.api.create({ avatarPath: AVATAR, voicePath: VOICE, options: OPTIONS })
    const blocked = await until(studio, id, (record) => record.blocked !== null)
    expect(blocked).toMatchObject({ phase: 'downloading', blocked: { code: 'OUTPUT_UNWRITABLE' } })
    await rm(rig.outputDir)

    expect(await untilEnd(studio, id)).toMatchObject({ phase: 'done', blocked: null })
  })
})

function handleIn(address: string | null | undefined): string {
  return address?.split('/').at(-1) ?? ''
}
