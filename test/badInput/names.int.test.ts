import { copyFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killAll } from '../cli/dhs.ts'
import { startGateway, startWorker } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose, leftBeside } from './compose.ts'
import { AVATAR, ffmpeg, put, wav } from './files.ts'

/** Names that shells, FFmpeg, printf or SQL would trip over; each is given an ending. */
const NAMES: readonly (readonly [what: string, stem: string])[] = [
  ['quotes', `it's "so" \`so\``],
  ['a shell command', `'; rm -rf $HOME; #`],
  ['a newline', 'first\nsecond'],
  ['patterns of FFmpeg', '%d %03d file:concat|x,y=[in]'],
  ['an emoji', '数字人 👩🏽‍💻'],
  ['255 bytes', '长'.repeat(83) + 'ab'],
  ['a leading dash', '-vf'],
  ['letters taken apart (NFD)', 'Ange\u0301lique'],
  ['a protocol', 'http:example'],
]

describe('names that must work', () => {
  let root: string
  let gateway: GatewayRun
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-names-'))
    gateway = await startGateway(join(root, 'gateway'))
    await startWorker(gateway, join(root, 'worker'))
    await ffmpeg('-t', '0.4', '-i', AVATAR, '-an', '-vf', 'scale=64:64', join(root, 'avatar.mp4'))
    await put(root, 'voice.wav', wav({ frames: 8000 }))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })

  it.each(NAMES)('%s', async (_, stem) => {
    const [video, audio, out] = [`${stem}.mp4`, `${stem}.wav`, `${stem}.mov.mp4`.slice(-80)]
    await copyFile(join(root, 'avatar.mp4'), join(root, video))
    await copyFile(join(root, 'voice.wav'), join(root, audio))
    // Relative names, so that a leading dash is really the first character of an argument.
    const end = await compose({ video, audio, out, gateway, cwd: root }).ended

    expect(end).toMatchObject({ code: 0, last: { event: 'done', out: join(root, out) } })
    expect((await stat(join(root, out))).size).toBeGreaterThan(1000)
  })

  it('a voice that is silent', async () => {
    const audio = await put(root, 'silent.wav', wav({ frames: 8000, amplitude: 0 }))
    const out = join(root, 'silent.mp4')
    expect(await compose({ video: join(root, 'avatar.mp4'), audio, out, gateway }).ended).toMatchObject({ code: 0 })
  })

  it('a voice whose header does not know its own length', async () => {
    const audio = await put(root, 'stream.wav', wav({ frames: 8000, claimedBytes: 0xffffffff }))
    const out = join(root, 'stream.mp4')
    expect(await compose({ video: join(root, 'avatar.mp4'), audio, out, gateway }).ended).toMatchObject({ code: 0 })
  })

  it('a voice in the 64-bit kind of WAV', async () => {
    const audio = join(root, 'rf64.wav')
    await ffmpeg('-i', join(root, 'voice.wav'), '-rf64', 'always', audio)
    expect((await readFile(audio)).toString('latin1', 0, 4)).toBe('RF64')
    const out = join(root, 'rf64.mp4')
    const end = await compose({ video: join(root, 'avatar.mp4'), audio, out, gateway }).ended
    expect(end).toMatchObject({ code: 0, last: { event: 'done' } })
    expect(Math.abs(Number(end.last?.['duration_ms']) - 500)).toBeLessThanOrEqual(100)
  })

  it('500 subtitle tracks beside the picture: refused by name, nothing is left', async () => {
    const video = join(root, 'subtitles.mkv')
    const subtitle = await put(root, 'line.srt', '1\n00:00:00,000 --> 00:00:00,300\nhello\n')
    const maps = Array.from({ length: 500 }, () => ['-map', '1:s']).flat()
    await ffmpeg('-i', join(root, 'avatar.mp4'), '-i', subtitle, '-map', '0:v', ...maps, '-c:v', 'copy', video)
    const out = join(root, 'subtitles.mp4')
    const end = await compose({ video, audio: join(root, 'voice.wav'), out, gateway }).ended
    expect(end).toMatchObject({ code: 1, last: { event: 'error', code: 'MEDIA_LIMIT' } })
    expect(end.last?.['message']).toContain('subtitles.mkv')
    expect(await leftBeside(out)).toEqual([])
  })

  it('a video in 8K', async () => {
    const video = join(root, '8k.mp4')
    const source = ['-f', 'lavfi', '-i', 'color=size=7680x4320:rate=10:duration=0.5']
    await ffmpeg(...source, '-c:v', 'libx264', '-preset', 'ultrafast', video)
    const out = join(root, '8k-out.mp4')
    const end = await compose({ video, audio: join(root, 'voice.wav'), out, gateway }).ended
    expect(end).toMatchObject({ code: 0, last: { event: 'done', out } })
  })
})
