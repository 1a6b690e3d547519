import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isStage, killAll } from '../cli/dhs.ts'
import { openStudio, readHistory } from '../cli/history.ts'
import { startGateway } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose, expectRefusal, leftBeside, leftInPool } from './compose.ts'
import { AVATAR, put, wav } from './files.ts'

const OPTIONS = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const

describe('what the history shows of a run that came to nothing', () => {
  let root: string
  let gateway: GatewayRun
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-history-'))
    gateway = await startGateway(join(root, 'gateway'))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })

  it('a voice that goes on growing while it is sent: failed, with the sentence', async () => {
    const [data, out] = [join(root, 'changing'), join(root, 'changing.mp4')]
    const audio = await put(root, 'growing.wav', wav({ frames: 16_000 * 20, amplitude: 0.25 }))
    const run = compose({ audio, out, gateway, more: ['--data', data, '--limit-rate', '500K'] })
    // The avatar goes first; beyond its share it is the voice that is being read.
    const avatarShare = (await stat(AVATAR)).size / ((await stat(AVATAR)).size + (await stat(audio)).size)
    await run.until((event) => isStage('upload')(event) && Number(event['progress']) > avatarShare + 0.05)
    await appendFile(audio, Buffer.alloc(32_000))
    await expectRefusal(await run.ended, { code: 'INPUT_CHANGED', mentions: 'growing.wav', out })
    expect(await readHistory(data)).toMatchObject([
      {
        phase: 'failed',
        voice: { name: 'growing.wav' },
        error: { code: 'INPUT_CHANGED', data: { file: 'growing.wav' } },
        output: null,
      },
    ])
  })

  it('Ctrl-C: cancelled, and no error', async () => {
    const [data, out] = [join(root, 'cancelled'), join(root, 'cancelled.mp4')]
    const run = compose({ out, gateway, more: ['--data', data] })
    const taskId = (await run.until(isStage('queued')))['task_id']
    run.send('SIGINT')
    expect(await run.ended).toMatchObject({ code: 130, last: { event: 'error', code: 'TASK_CANCELLED' } })
    expect(await leftBeside(out)).toEqual([])
    expect(await readHistory(data)).toMatchObject([
      { taskId, phase: 'cancelled', error: null, output: null, endedAtMs: expect.any(Number) as number },
    ])
  })

  it('a file refused before there is a task: told, and not a row', async () => {
    const [data, out] = [join(root, 'refused'), join(root, 'refused.mp4')]
    const video = await put(root, 'letter.mp4', 'Dear all,\nthis is not a video.\n')
    const end = await compose({ video, out, gateway, more: ['--data', data] }).ended
    await expectRefusal(end, { code: 'MEDIA_INVALID', mentions: 'letter.mp4', out })
    expect(await readHistory(data)).toEqual([])
    expect(await leftInPool(gateway.dataDir)).toEqual([])
  })
})

describe('a voice that is silent', () => {
  it('is warned of before it is sent', async () => {
    const root = await mkdtemp(join(tmpdir(), 'dhs-silent-'))
    const { studio, call } = await openStudio(join(root, 'studio'))
    try {
      const handles = {
        avatar: studio.door.registerPath(AVATAR),
        silent: studio.door.registerPath(await put(root, 'silent.wav', wav({ amplitude: 0 }))),
        loud: studio.door.registerPath(await put(root, 'loud.wav', wav({}))),
      }
      // The form draws the waveform first: from then on it is known.
      const warningsOf = async (voice: string): Promise<readonly string[]> => {
        await call.files.peaks({ handle: voice, count: 100 })
        return (await call.compose.preflight({ avatar: handles.avatar, voice, options: OPTIONS })).warnings
      }
      expect(await warningsOf(handles.silent)).toContain('voice_silent')
      expect(await warningsOf(handles.loud)).not.toContain('voice_silent')
    } finally {
      await studio.stop()
      await rm(root, { recursive: true, force: true })
    }
  })
})
