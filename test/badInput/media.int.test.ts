import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killAll } from '../cli/dhs.ts'
import { startGateway } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose, expectRefusal, leftInPool } from './compose.ts'
import { AVATAR, ffmpeg, longClaim, png, put, VOICE, wav, withoutIndex } from './files.ts'

type Make = (dir: string) => Promise<string> | string

interface Case {
  readonly name: string
  readonly as: 'video' | 'audio'
  readonly make: Make
  readonly code: string | RegExp
  /** What the sentence names; the file's own name by default. */
  readonly mentions?: string
}

const video = (name: string, code: Case['code'], make: Make): Case => ({ name, as: 'video', code, make })
const audio = (name: string, code: Case['code'], make: Make): Case => ({ name, as: 'audio', code, make })
const made = (name: string, ...args: readonly string[]): Make => {
  return async (dir) => {
    await ffmpeg(...args, ...(args.includes('-c:v') ? [] : FAST_H264), join(dir, name))
    return join(dir, name)
  }
}

const FAST_H264 = ['-c:v', 'libx264', '-preset', 'ultrafast']
const ONE_PIXEL = ['-vf', 'crop=1:1:0:0:exact=1,format=rgb24,scale=1:1', '-pix_fmt', 'yuv444p']

const CASES: readonly Case[] = [
  video('a text named .mp4', 'MEDIA_INVALID', (dir) => put(dir, 'letter.mp4', 'Dear all,\nthis is not a video.\n')),
  video('an empty file', 'MEDIA_EMPTY', (dir) => put(dir, 'empty.mp4', '')),
  video('one byte', 'MEDIA_INVALID', (dir) => put(dir, 'one.mp4', 'x')),
  video('10 MiB of zeros', 'MEDIA_INVALID', (dir) => put(dir, 'zeros.mp4', Buffer.alloc(10 * 1024 ** 2))),
  video('a video cut off before its index', /^MEDIA_(TRUNCATED|INVALID)$/, withoutIndex),
  audio('a sound that breaks off', 'MEDIA_TRUNCATED', (dir) => put(dir, 'cut.wav', wav({ claimedBytes: 10_000_000 }))),
  video('a sound as the avatar', 'EXT_NOT_ALLOWED|NO_VIDEO', () => VOICE),
  video('a sound named .mp4', 'NO_VIDEO', async (dir) => {
    await copyFile(VOICE, join(dir, 'sound.mp4'))
    return join(dir, 'sound.mp4')
  }),
  audio('a video without sound as the voice', 'NO_AUDIO', made('mute.mp4', '-i', AVATAR, '-an', '-c:v', 'copy')),
  video('a web page named .png', 'EXT_NOT_ALLOWED|MEDIA_', (dir) => put(dir, 'page.png', '<html><script>1</script>')),
  video('an SVG named .mp4', /^MEDIA_/, (dir) => put(dir, 'drawing.mp4', '<svg xmlns="http://www.w3.org/2000/svg"/>')),
  video('a PNG of 60,000 × 60,000', /^MEDIA_TOO_LARGE|EXT_NOT_ALLOWED$/, (dir) => put(dir, 'bomb.png', png(60_000))),
  video('a PNG bomb named .mp4', 'MEDIA_TOO_LARGE', (dir) => put(dir, 'bomb.mp4', png(16_000))),
  video('1 × 1 pixel', 'MEDIA_LIMIT', made('dot.mp4', ...color('2x2'), ...ONE_PIXEL)),
  video('1 × 1 pixel of FFV1', 'MEDIA_LIMIT', made('dot.mkv', ...color('2x2'), ...ONE_PIXEL, '-c:v', 'ffv1')),
  video('500 audio tracks', 'MEDIA_LIMIT', made('crowd.mkv', ...color('64x64'), ...sounds(500))),
  video('1,000 pictures a second', 'MEDIA_LIMIT', made('fast.mp4', ...color('64x64:rate=1000'))),
  video('a claim of 100 hours', 'MEDIA_LIMIT', (dir) => longClaim(dir, 100)),
  audio('64 channels', 'MEDIA_LIMIT', (dir) => put(dir, 'many.wav', wav({ channels: 64, frames: 1000 }))),
  audio('0 channels', 'MEDIA_INVALID', (dir) => put(dir, 'none.wav', wav({ channels: 0 }))),
  audio('8 MHz', 'MEDIA_LIMIT', (dir) => put(dir, 'bat.wav', wav({ rate: 8_000_000 }))),
  audio('1 Hz', 'MEDIA_LIMIT', (dir) => put(dir, 'slow.wav', wav({ rate: 1, frames: 10 }))),
  audio('200 MiB of ID3 tag', /^MEDIA_/, (dir) =>
    put(dir, 'tag.mp3', Buffer.from('ID3\x04\0\0\x64\0\0\0hello', 'latin1')),
  ),
  video('a folder', 'NOT_A_FILE', async (dir) => {
    await mkdir(join(dir, 'folder.mp4'))
    return join(dir, 'folder.mp4')
  }),
  video('a pipe', 'NOT_A_FILE', (dir) => {
    execFileSync('mkfifo', [join(dir, 'pipe.mp4')])
    return join(dir, 'pipe.mp4')
  }),
  video('/dev/zero', 'NOT_A_FILE', () => '/dev/zero'),
  video('a link to itself', /^NOT_A_FILE|FILE_NOT_FOUND$/, async (dir) => {
    await symlink('loop.mp4', join(dir, 'loop.mp4'))
    return join(dir, 'loop.mp4')
  }),
  video('a file that is not there', 'FILE_NOT_FOUND', (dir) => join(dir, 'nobody.mp4')),
  audio('a voice that is not there', 'FILE_NOT_FOUND', (dir) => join(dir, 'nobody.wav')),
  audio('a name too long to exist', /^NAME_INVALID|FILE_NOT_FOUND$/, (dir) => join(dir, `${'n'.repeat(300)}.wav`)),
]

function color(size: string): readonly string[] {
  return ['-f', 'lavfi', '-i', `color=size=${size}:duration=0.2`]
}

function sounds(count: number): readonly string[] {
  const maps = Array.from({ length: count }, () => ['-map', '1:a']).flat()
  return ['-f', 'lavfi', '-i', 'sine=sample_rate=8000:duration=0.2', '-map', '0:v', ...maps, '-c:a', 'pcm_s16le']
}

describe('files that cannot be used', () => {
  let root: string
  let gateway: GatewayRun
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-bad-'))
    gateway = await startGateway(join(root, 'gateway'))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })

  it.each(CASES)('$as: $name → $code', async ({ name, as, make, code }) => {
    const dir = join(root, name.replaceAll(/\W/g, '-'))
    await mkdir(dir)
    const path = await make(dir)
    const out = join(dir, 'out.mp4')
    const end = await compose({ [as]: path, out, gateway }).ended
    const mentions = /EXT_NOT_ALLOWED|NAME_INVALID/.test(String(end.last?.['code'])) ? {} : { mentions: basename(path) }
    await expectRefusal(end, { code, out, ...mentions })
    expect(await leftInPool(gateway.dataDir)).toEqual([])
  })
})
