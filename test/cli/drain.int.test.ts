import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeVideo, makeVoice } from '../pipeline/media.ts'
import { dhs, isEvent, isStage, killAll } from './dhs.ts'
import type { Dhs } from './dhs.ts'
import { startGateway, startWorker } from './servers.ts'

/** Long enough that a signal reaches a run in its middle. */
const VOICE_SECONDS = 120

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dhs-drain-'))
})
afterEach(async () => {
  await killAll()
  await rm(root, { recursive: true, force: true })
})

/** A worker in the middle of a run for `dhs compose`. */
async function running(...workerOptions: string[]): Promise<{ readonly worker: Dhs; readonly compose: Dhs }> {
  const gateway = await startGateway(join(root, 'gateway'))
  const worker = await startWorker(gateway, join(root, 'worker'), { more: workerOptions })
  const video = await makeVideo(join(root, 'avatar.mp4'), { seconds: 1 })
  const audio = await makeVoice(join(root, 'voice.wav'), VOICE_SECONDS)
  const args = ['compose', '--video', video, '--audio', audio, '--out', join(root, 'out.mp4'), '--json']
  const compose = dhs([...args, ...gateway.client.args], { env: gateway.client.env })
  await compose.until(isStage('processing'))
  return { worker, compose }
}

describe('a worker that is told to stop', () => {
  it('ends what runs within its grace, and takes nothing new', async () => {
    const { worker, compose } = await running('--drain-grace', '600')
    worker.send('SIGTERM')
    expect((await worker.ended).code).toBe(0)
    const composed = await compose.ended
    expect([composed.code, composed.last]).toMatchObject([0, { event: 'done' }])
    expect(composed.events.filter(isStage('queued')).length).toBe(0)
  })

  it('hands the run back at a second signal, without waiting for the grace', async () => {
    const { worker, compose } = await running('--drain-grace', '3600')
    worker.send('SIGTERM')
    await worker.until(isEvent('draining'))
    worker.send('SIGTERM')
    expect((await worker.ended).code).toBe(0)
    await compose.until(isStage('queued'))
    compose.send('SIGINT')
    expect((await compose.ended).code).toBe(130)
  })

  it('hands the run back at once without a grace', async () => {
    const { worker, compose } = await running()
    worker.send('SIGTERM')
    expect((await worker.ended).code).toBe(0)
    await compose.until(isStage('queued'))
  })
})
