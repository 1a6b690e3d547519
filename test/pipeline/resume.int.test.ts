import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TaskRecord } from '../../src/protocol/studio/index.ts'
import { makeVideo, makeVoice } from './media.ts'
import { AVATAR, createRig, OPTIONS, until, untilEnd, VOICE } from './rig.ts'
import type { Rig } from './rig.ts'

const MIB = 1024 * 1024

describe('a studio that is stopped in the middle goes on where it was', () => {
  let rig: Rig
  beforeEach(async () => {
    rig = await createRig()
  })
  afterEach(async () => {
    await rig.close()
  })

  it('resumes an upload with the bytes the pool already has', async () => {
    const gateway = await rig.startGateway()
    await rig.startWorker(gateway)
    const avatarPath = await makeVideo(join(rig.root, 'big.mp4'), { seconds: 9, bitrate: '10M' })
    const voicePath = await makeVoice(join(rig.root, 'short.wav'), 2)
    const first = await rig.openStudio()
    first.setEmbeddedGateway(gateway)
    await first.start()
    first.api.setSettings({ uploadLimitBytesPerSecond: 2 * MIB })
    const { id } = await first.api.create({ avatarPath, voicePath, options: OPTIONS })
    await until(first, id, (record) => record.phase === 'uploading' && (record.progress?.bytesDone ?? 0) > 3 * MIB)
    await first.stop()

    const second = await rig.openStudio()
    second.setEmbeddedGateway(gateway)
    second.api.setSettings({ uploadLimitBytesPerSecond: null })
    await second.start()
    const resumed = await until(second, id, (record) => (record.progress?.resumedFromBytes ?? 0) > 0)

    expect(resumed.progress?.resumedFromBytes).toBeGreaterThan(MIB)
    expect((await untilEnd(second, id)).phase).toBe('done')
  })

  const stops: readonly (readonly [string, (record: TaskRecord) => boolean])[] = [
    ['hashing', (record) => record.phase === 'hashing'],
    ['waiting', (record) => record.phase === 'waiting'],
    ['running', (record) => record.phase === 'running'],
    ['downloading', (record) => record.phase === 'downloading'],
  ]
  it.each(stops)('stopped while %s: one task, one video', async (_, isReached) => {
    const gateway = await rig.startGateway()
    await rig.startWorker(gateway)
    const first = await rig.openStudio()
    first.setEmbeddedGateway(gateway)
    await first.start()
    const { id } = await first.api.create({ avatarPath: AVATAR, voicePath: VOICE, options: OPTIONS })
    await until(first, id, isReached)
    await first.stop()

    const second = await rig.openStudio()
    second.setEmbeddedGateway(gateway)
    await second.start()

    expect(await untilEnd(second, id)).toMatchObject({ phase: 'done', error: null })
    expect(await readdir(rig.outputDir)).toEqual(['welcome-preview.mp4'])
  })

  it('goes on with the same job for the same output path instead of starting a second one', async () => {
    const gateway = await rig.startGateway()
    const job = { avatarPath: AVATAR, voicePath: VOICE, outputPath: join(rig.root, 'out.mp4'), options: OPTIONS }
    const first = await rig.openStudio()
    first.setEmbeddedGateway(gateway)
    await first.start()
    const { id } = await first.api.create(job)
    await until(first, id, (record) => record.phase === 'waiting')
    await first.stop()

    const second = await rig.openStudio()
    second.setEmbeddedGateway(gateway)
    await second.start()
    expect((await second.api.create(job)).id).toBe(id)
    // Another job for that path would run and then find it taken.
    const rival = { ...job, options: { ...OPTIONS, name: 'another job' } }
    await expect(second.api.create(rival)).rejects.toMatchObject({ code: 'OUTPUT_TAKEN' })
    const other = await second.api.create({ ...job, outputPath: join(rig.root, 'other.mp4') })
    expect(other.id).not.toBe(id)
    await rig.startWorker(gateway)
    expect((await untilEnd(second, id)).phase).toBe('done')
    expect((await untilEnd(second, other.id)).phase).toBe('done')
  })

  it('loses nothing when the gateway is killed in the middle of a run', async () => {
    const gateway = await rig.spawnGateway()
    await rig.startWorker(gateway)
    const voicePath = await makeVoice(join(rig.root, 'long.wav'), 20)
    const studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
    const options = { ...OPTIONS, loop: 'pingpong' } as const
    const { id } = await studio.api.create({ avatarPath: AVATAR, voicePath, options })
    await until(studio, id, (record) => record.phase === 'running')
    await gateway.kill()
    const blocked = await until(studio, id, (record) => record.blocked !== null)
    expect(blocked).toMatchObject({ phase: 'running', blocked: { code: 'GATEWAY_UNREACHABLE' } })
    await rig.spawnGateway(gateway.port)

    const done = await untilEnd(studio, id)
    expect(done).toMatchObject({ phase: 'done', blocked: null, error: null })
    expect(await readdir(rig.outputDir)).toHaveLength(1)
  })

  it('says so when the gateway is killed in the middle of an upload, and sends only the rest', async () => {
    const gateway = await rig.spawnGateway()
    const avatarPath = await makeVideo(join(rig.root, 'big.mp4'), { seconds: 9, bitrate: '10M' })
    const voicePath = await makeVoice(join(rig.root, 'short.wav'), 2)
    const studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
    studio.api.setSettings({ uploadLimitBytesPerSecond: 2 * MIB })
    const { id } = await studio.api.create({ avatarPath, voicePath, options: OPTIONS })
    await until(studio, id, (record) => record.phase === 'uploading' && (record.progress?.bytesDone ?? 0) > 4 * MIB)
    await gateway.kill()
    const blocked = await until(studio, id, (record) => record.blocked !== null)
    expect(blocked).toMatchObject({ phase: 'uploading', blocked: { code: 'GATEWAY_UNREACHABLE' } })
    studio.api.setSettings({ uploadLimitBytesPerSecond: null })
    const again = await rig.spawnGateway(gateway.port)
    const first = await until(studio, id, (record) => record.blocked === null)
    expect(first.progress?.bytesDone).toBeGreaterThan(MIB)
    await rig.startWorker(again)

    expect((await untilEnd(studio, id)).phase).toBe('done')
  })

  it('says so when the gateway is killed before the upload has begun', async () => {
    const gateway = await rig.spawnGateway()
    const studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
    await gateway.kill()
    const { id } = await studio.api.create({ avatarPath: AVATAR, voicePath: VOICE, options: OPTIONS })
    const blocked = await until(studio, id, (record) => record.blocked !== null)
    expect(blocked).toMatchObject({ phase: 'uploading', blocked: { code: 'GATEWAY_UNREACHABLE' } })
    await rig.startWorker(await rig.spawnGateway(gateway.port))

    expect((await untilEnd(studio, id)).phase).toBe('done')
  })

  it('waits for a gateway that is not there yet, and says so', async () => {
    const studio = await rig.openStudio()
    await studio.start()
    const { id } = await studio.api.create({ avatarPath: AVATAR, voicePath: VOICE, options: OPTIONS })
    const blocked = await until(studio, id, (record) => record.blocked !== null)
    expect(blocked).toMatchObject({ phase: 'uploading', blocked: { code: 'GATEWAY_UNREACHABLE' } })
    const gateway = await rig.startGateway()
    await rig.startWorker(gateway)
    studio.setEmbeddedGateway(gateway)

    expect((await untilEnd(studio, id)).phase).toBe('done')
  })
})
