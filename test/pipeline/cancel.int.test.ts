import { access, copyFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGatewayClient } from '../../src/client/index.ts'
import type { TaskRecord } from '../../src/protocol/studio/index.ts'
import type { Studio } from '../../src/studio/index.ts'
import { makeVideo, makeVoice } from './media.ts'
import { AVATAR, createRig, OPTIONS, until, untilEnd, VOICE } from './rig.ts'
import type { Rig, RunningGateway } from './rig.ts'

describe('tasks that do not go the straight way', () => {
  let rig: Rig
  let gateway: RunningGateway
  let studio: Studio
  beforeEach(async () => {
    rig = await createRig()
    gateway = await rig.startGateway()
    studio = await rig.openStudio()
    studio.setEmbeddedGateway(gateway)
    await studio.start()
  })
  afterEach(async () => {
    await rig.close()
  })
  const create = (voicePath: string = VOICE, avatarPath: string = AVATAR): Promise<TaskRecord> =>
    studio.api.create({ avatarPath, voicePath, options: { ...OPTIONS, loop: 'pingpong' } })

  const phases: readonly (readonly [TaskRecord['phase'], boolean])[] = [
    ['hashing', false],
    ['uploading', false],
    ['waiting', false],
    ['running', true],
  ]
  it.each(phases)('cancels while %s and leaves nothing behind', async (phase, needsWorker) => {
    if (needsWorker) await rig.startWorker(gateway)
    if (phase === 'uploading') studio.api.setSettings({ uploadLimitBytesPerSecond: 64 * 1024 })
    const { id } = await create(await makeVoice(join(rig.root, 'long.wav'), 20))
    await until(studio, id, (record) => record.phase === phase)
    studio.api.cancel(id)

    expect(await untilEnd(studio, id)).toMatchObject({ phase: 'cancelled', error: null, output: null })
    await expect(access(rig.outputDir).then(() => readdir(rig.outputDir))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(studio.api.cancel(id).phase).toBe('cancelled')
  })

  it('uploads the same content once: the second task finds it stored', async () => {
    const copy = await makeVideo(join(rig.root, 'first.mp4'), { seconds: 5, bitrate: '10M' })
    studio.api.setSettings({ uploadLimitBytesPerSecond: 4 * 1024 * 1024 })
    await copyFile(copy, join(rig.root, 'second.mp4'))
    const one = await create(VOICE, copy)
    const two = await create(VOICE, join(rig.root, 'second.mp4'))
    const sent = { [one.id]: 0, [two.id]: 0 }
    const watch = async (id: string): Promise<void> => {
      await until(studio, id, (record) => {
        if (record.phase === 'uploading') sent[id] = Math.max(sent[id] ?? 0, record.progress?.bytesDone ?? 0)
        return record.phase === 'waiting'
      })
    }
    await Promise.all([watch(one.id), watch(two.id)])

    expect(Object.values(sent).filter((bytes) => bytes > 0)).toHaveLength(1)
  })

  it('fails with the reason when a file changed after it was chosen', async () => {
    const voicePath = await makeVoice(join(rig.root, 'v.wav'), 2)
    studio.setEmbeddedGateway(null)
    const { id } = await create(voicePath)
    await until(studio, id, (record) => record.blocked !== null)
    await writeFile(voicePath, 'something else')
    studio.setEmbeddedGateway(gateway)

    expect(await untilEnd(studio, id)).toMatchObject({
      phase: 'failed',
      error: { code: 'INPUT_CHANGED', data: { file: 'v.wav' } },
    })
  })

  it('runs again as a new record, linked to the old one', async () => {
    const { id } = await create()
    await until(studio, id, (record) => record.phase === 'waiting')
    studio.api.cancel(id)
    await untilEnd(studio, id)
    await rig.startWorker(gateway)
    const again = await studio.api.retry(id)

    expect(again).toMatchObject({ retryOf: id, phase: 'hashing' })
    expect(again.requestId).not.toBe(studio.api.get(id).requestId)
    expect((await untilEnd(studio, again.id)).phase).toBe('done')
  })

  it('runs again though its files are gone from this PC: the gateway has them, and knows what it repeats', async () => {
    const voicePath = await makeVoice(join(rig.root, 'gone.wav'), 2)
    const { id } = await create(voicePath)
    const { taskId } = await until(studio, id, (record) => record.phase === 'waiting')
    studio.api.cancel(id)
    await untilEnd(studio, id)
    await rm(voicePath)
    const again = await studio.api.retry(id)

    expect(again).toMatchObject({ retryOf: id, phase: 'submitting' })
    const waiting = await until(studio, again.id, (record) => record.phase === 'waiting')
    const client = createGatewayClient({ baseUrl: gateway.url, token: gateway.token, language: 'en' })
    const task = await client.status(waiting.taskId ?? '')
    expect(task.retry_of).toBe(taskId)
    await rig.startWorker(gateway)
    expect((await untilEnd(studio, again.id)).phase).toBe('done')
  })

  it('asks for the file where no gateway in use has it', async () => {
    const voicePath = await makeVoice(join(rig.root, 'never-sent.wav'), 2)
    studio.setEmbeddedGateway(null)
    const { id } = await create(voicePath)
    await until(studio, id, (record) => record.blocked !== null)
    studio.api.cancel(id)
    await untilEnd(studio, id)
    await rm(voicePath)
    studio.setEmbeddedGateway(gateway)

    await expect(studio.api.retry(id)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('writes to the exact path, and refuses one that is taken before anything is done', async () => {
    await rig.startWorker(gateway)
    const outputPath = join(rig.root, 'wanted name 中文.mp4')
    const job = { avatarPath: AVATAR, voicePath: VOICE, outputPath, options: OPTIONS }
    const { id } = await studio.api.create(job)
    await untilEnd(studio, id)
    await access(outputPath)
    expect(studio.api.outputPath(id)).toBe(outputPath)
    await expect(studio.api.create(job)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
    await rm(outputPath)
  })
})
