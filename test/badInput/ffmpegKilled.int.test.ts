import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isStage, killAll } from '../cli/dhs.ts'
import type { Dhs } from '../cli/dhs.ts'
import { processBelow } from '../cli/processes.ts'
import { startGateway, startWorker } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose } from './compose.ts'
import { onLinux } from '../platform/onLinux.ts'
import { ffmpeg, put, wav } from './files.ts'

describe.skipIf(!onLinux('FFmpeg killed in the middle of a run'))('FFmpeg killed in the middle of a run', () => {
  let root: string
  let gateway: GatewayRun
  let worker: Dhs
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-ffmpeg-'))
    gateway = await startGateway(join(root, 'gateway'))
    worker = await startWorker(gateway, join(root, 'worker'))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })

  it('the task is tried again and ends done; nothing of the first try is left', async () => {
    // Another codec than H.264, so that the picture must be encoded, and large enough to take its time.
    const video = join(root, 'avatar.mp4')
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=1920x1080:rate=25:duration=5']
    await ffmpeg(...source, '-c:v', 'mpeg4', '-q:v', '5', video)
    const audio = await put(root, 'voice.wav', wav({ frames: 16_000 * 5 }))
    const out = join(root, 'out.mp4')
    const run = compose({ video, audio, out, gateway })
    const encoder = await processBelow(worker.pid, (line) => /^\S*ffmpeg .*libx264/.test(line))
    await run.until(isStage('processing'))
    process.kill(encoder.pid, 'SIGKILL')

    const end = await run.ended
    expect(end).toMatchObject({
      code: 0,
      last: { event: 'done', out, duration_ms: expect.closeTo(5000, -2) as number },
    })
    const stages = end.events.flatMap(({ stage }) => (typeof stage === 'string' ? [stage] : []))
    const back = stages.indexOf('queued', stages.indexOf('processing'))
    expect(back, 'the task went back into the queue').toBeGreaterThan(0)
    expect(stages.indexOf('processing', back), 'and was run again').toBeGreaterThan(back)
    expect(await readdir(join(root, 'worker', 'work'))).toEqual([])
  }, 180_000)
})
