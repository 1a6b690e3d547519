import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../index.ts'
import { createTestMedia, PICTURE, SOUND } from '../ffmpeg/testMedia.ts'
import type { TestMedia } from '../ffmpeg/testMedia.ts'
import { assertHasAudio, assertHasVideo, probeMedia } from './probeMedia.ts'

const H264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'] as const

let media: TestMedia
beforeAll(async () => {
  media = await createTestMedia()
  media.make(...PICTURE, ...SOUND, ...H264, '-c:a', 'aac', 'good.mp4')
  media.make(...PICTURE, ...SOUND, ...H264, '-c:a', 'aac', '-movflags', '+faststart', 'fast.mp4')
  media.make(...SOUND, 'voice.wav')
})
afterAll(() => {
  media.remove()
})

const probe = (name: string) => probeMedia(media.at(name), { tools: media.tools })

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(media.at(name), content)
  return name
}

function truncated(name: string, source: string, share: number): string {
  const bytes = readFileSync(media.at(source))
  return write(name, bytes.subarray(0, Math.floor(bytes.length * share)))
}

describe('probeMedia on good files', () => {
  it('reads video and audio of an MP4 without any tool', async () => {
    const { sizeBytes, ...rest } = await probeMedia(media.at('good.mp4'))
    expect(sizeBytes).toBe(readFileSync(media.at('good.mp4')).length)
    expect(rest).toEqual({
      container: 'mp4',
      durationMs: expect.closeTo(1000, -2) as number,
      video: { codec: 'avc', width: 64, height: 48, fps: 10, rotation: 0, pixelFormat: 'yuv420p' },
      audio: { codec: 'aac', sampleRate: 16000, channels: 1 },
    })
  })

  it.each([
    ['clip.mov', [...PICTURE, ...SOUND, ...H264, '-c:a', 'aac'], { container: 'mov', video: { codec: 'avc' } }],
    ['clip.mkv', [...PICTURE, ...SOUND, ...H264, '-c:a', 'flac'], { container: 'matroska', audio: { codec: 'flac' } }],
    ['clip.webm', [...PICTURE, '-c:v', 'libvpx-vp9'], { container: 'webm', video: { codec: 'vp9' } }],
    ['voice.mp3', [...SOUND], { container: 'mp3', audio: { codec: 'mp3' } }],
    ['voice.m4a', [...SOUND, '-c:a', 'aac'], { container: 'mp4', audio: { codec: 'aac' } }],
    ['voice.aac', [...SOUND, '-c:a', 'aac'], { container: 'adts', audio: { codec: 'aac' } }],
    ['voice.flac', [...SOUND], { container: 'flac', audio: { codec: 'flac' } }],
    ['voice.ogg', [...SOUND, '-c:a', 'libvorbis'], { container: 'ogg', audio: { codec: 'vorbis' } }],
    [
      'stream.wav',
      [...SOUND, '-f', 'wav', '-bitexact', '-fflags', '+bitexact'],
      { container: 'wav', audio: { channels: 1 } },
    ],
    ['ten.mp4', [...PICTURE, '-c:v', 'libx264', '-pix_fmt', 'yuv420p10le'], { video: { codec: 'avc' } }],
    ['old.mp4', [...PICTURE, '-c:v', 'mpeg4'], { video: { codec: 'mpeg4', width: 64, height: 48 } }],
  ])('%s', async (name, args, expected) => {
    media.make(...args, name)
    const found = await probe(name)
    expect(found).toMatchObject(expected)
    expect(Math.abs(found.durationMs - 1000)).toBeLessThan(150)
  })

  it('goes by content, not by name, and reads any name', async () => {
    for (const name of ['really-video.txt', '-dash.mp4', '%d\n".mp4', '数字人 🎬.mp4']) {
      write(name, readFileSync(media.at('good.mp4')))
      expect(await probe(name)).toMatchObject({ container: 'mp4' })
    }
  })

  it('gives the displayed size of a rotated video', async () => {
    media.make('-i', 'good.mp4', '-c', 'copy', '-metadata:s:v', 'rotate=90', 'rotated.mp4')
    expect(await probe('rotated.mp4')).toMatchObject({ video: { width: 48, height: 64, rotation: 270 } })
  })

  it('takes a WAV written by a pipe, which does not know its length', async () => {
    const bytes = readFileSync(media.at('voice.wav'))
    bytes.writeUInt32LE(0xffffffff, bytes.indexOf('data') + 4)
    const found = await probe(write('pipe.wav', bytes))
    expect(Math.abs(found.durationMs - 1000)).toBeLessThan(150)
  })
})

describe('probeMedia on bad files', () => {
  const cases: readonly [string, string, () => string][] = [
    ['empty', 'MEDIA_INVALID', () => write('empty.mp4', '')],
    ['one byte', 'MEDIA_INVALID', () => write('one.mp4', 'x')],
    ['zeros', 'MEDIA_INVALID', () => write('zeros.mp4', Buffer.alloc(10 * 1024 * 1024))],
    ['text', 'MEDIA_INVALID', () => write('text.mp4', 'just some text, nothing more\n'.repeat(50))],
    ['no index', 'MEDIA_TRUNCATED', () => truncated('noindex.mp4', 'good.mp4', 0.5)],
    ['half of a faststart file', 'MEDIA_TRUNCATED', () => truncated('half.mp4', 'fast.mp4', 0.7)],
    ['half a WAV', 'MEDIA_TRUNCATED', () => truncated('half.wav', 'voice.wav', 0.5)],
    ['half a Matroska', 'MEDIA_TRUNCATED', () => truncated('half.mkv', 'clip.mkv', 0.5)],
    ['an HLS playlist', 'MEDIA_FORMAT_NOT_ALLOWED', () => write('hls.mp4', '#EXTM3U\n#EXTINF:1,\ngood.mp4\n')],
    ['a concat list', 'MEDIA_FORMAT_NOT_ALLOWED', () => write('cat.mp4', "ffconcat version 1.0\nfile '/etc/passwd'\n")],
    ['a DASH manifest', 'MEDIA_FORMAT_NOT_ALLOWED', () => write('dash.mp4', '<?xml version="1.0"?><MPD></MPD>')],
    ['an SDP file', 'MEDIA_FORMAT_NOT_ALLOWED', () => write('sdp.mp4', 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n')],
    ['an SVG', 'MEDIA_FORMAT_NOT_ALLOWED', () => write('svg.mp4', '<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['HTML', 'MEDIA_FORMAT_NOT_ALLOWED', () => write('html.mp4', '\ufeff <!DOCTYPE html><p>')],
    ['a small PNG', 'MEDIA_FORMAT_NOT_ALLOWED', () => write('small.mp4', pngHeader(10, 10))],
    ['a huge PNG', 'MEDIA_TOO_LARGE', () => write('huge.png', pngHeader(60_000, 60_000))],
    ['an AVI', 'MEDIA_FORMAT_NOT_ALLOWED', () => made('clip.avi', ...PICTURE, '-c:v', 'mpeg4')],
    ['1×1 pixel … 16', 'MEDIA_LIMIT', () => made('tiny.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=16x16:d=1', ...H264)],
    [
      '8,194 pixels wide',
      'MEDIA_LIMIT',
      () => made('wide.mp4', '-f', 'lavfi', '-i', 'color=s=8194x64:d=0.1:r=10', ...H264),
    ],
    [
      '20 streams',
      'MEDIA_LIMIT',
      () => made('many.mkv', ...SOUND, ...Array<string[]>(20).fill(['-map', '0:a']).flat()),
    ],
    ['16 channels', 'MEDIA_LIMIT', () => made('channels.wav', ...SOUND, '-ac', '16')],
    ['1 kHz', 'MEDIA_LIMIT', () => made('slow.wav', ...SOUND, '-ar', '1000')],
    ['a claim of 100 hours', 'MEDIA_LIMIT', () => longClaim()],
    ['frames of 10 hours', 'MEDIA_LIMIT', () => longFrame()],
    ['a giant tag', 'MEDIA_LIMIT', () => write('tag.mp3', Buffer.from('ID3\x04\0\0\x7f\x7f\x7f\x7f', 'latin1'))],
    ['no channels', 'MEDIA_INVALID', () => patchedWav('nochannels.wav', 22, 0)],
    ['an encrypted video', 'CODEC_UNSUPPORTED', () => encrypted()],
  ]
  it.each(cases)('%s → %s', async (_what, code, make) => {
    const name = make()
    await expect(probe(name)).rejects.toMatchObject({ code })
  })

  it('refuses folders, pipes and devices', async () => {
    execFileSync('mkfifo', [media.at('pipe')])
    await expect(probe('pipe')).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    await expect(probeMedia('/dev/zero')).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    await expect(probeMedia(media.dir)).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    await expect(probe('missing')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('connects to nobody, whatever the file asks for', async () => {
    let connections = 0
    const server = createServer().on('connection', () => (connections += 1))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/a.ts`
    const disguises = [`#EXTM3U\n#EXTINF:1,\n${url}\n`, `ffconcat version 1.0\nfile '${url}'\n`, `x\n#EXTM3U\n${url}\n`]
    for (const disguise of disguises) await expect(probe(write('asks.mp4', disguise))).rejects.toThrow()
    await new Promise((resolve) => server.close(resolve))
    expect(connections).toBe(0)
  })

  it('answers every damaged file with a probe or a reason, never with another error', async () => {
    const sources = ['good.mp4', 'clip.mkv', 'voice.wav', 'voice.mp3', 'voice.ogg', 'voice.flac']
    const original = new Map(sources.map((name) => [name, readFileSync(media.at(name))]))
    const outcomes = new Set<string>()
    const damage = fc.record({
      name: fc.constantFrom(...sources),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(damage, async ({ name, flips }) => {
        const bytes = Buffer.from(original.get(name) ?? [])
        // Half of the flips hit the first kilobyte, where the structure is.
        for (const [at, value] of flips) bytes[at % (at % 2 === 0 ? 1024 : bytes.length)] = value
        const path = media.at(write('damaged', bytes))
        const outcome = await probeMedia(path).then(
          () => 'probe',
          (error: unknown) => AppError.from(error).code,
        )
        outcomes.add(outcome)
      }),
      { seed: 20261122, numRuns: 400 },
    )
    expect([...outcomes].filter((outcome) => !/^(?:probe|MEDIA_|CODEC_)/.test(outcome))).toEqual([])
    expect(outcomes).toContain('MEDIA_INVALID')
  })

  it('names the limit that was passed', async () => {
    await expect(probe('channels.wav')).rejects.toMatchObject({ data: { limit: 'maxChannels', max: 8, value: 16 } })
  })

  it('tells audio from video', async () => {
    const [video, voice] = await Promise.all([probe('clip.webm'), probe('voice.wav')])
    expect(() => {
      assertHasAudio(video)
    }).toThrow(expect.objectContaining({ code: 'NO_AUDIO' }))
    expect(() => {
      assertHasVideo(voice)
    }).toThrow(expect.objectContaining({ code: 'NO_VIDEO' }))
  })
})

function made(name: string, ...args: readonly string[]): string {
  media.make(...args, name)
  return name
}

function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(64)
  header.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return header
}

function patchedWav(name: string, offset: number, value: number): string {
  const bytes = readFileSync(media.at('voice.wav'))
  bytes.writeUInt16LE(value, offset)
  return write(name, bytes)
}

/** Raises the duration in the first track's header to 100 hours of its own time scale. */
function longClaim(): string {
  const bytes = readFileSync(media.at('good.mp4'))
  const header = bytes.indexOf('mdhd')
  bytes.writeUInt32BE(bytes.readUInt32BE(header + 16) * 360_000, header + 20)
  return write('long.mp4', bytes)
}

/** Says that every frame is shown for 10 hours. */
function longFrame(): string {
  const bytes = readFileSync(media.at('good.mp4'))
  const timeScale = bytes.readUInt32BE(bytes.indexOf('mdhd') + 16)
  bytes.writeUInt32BE(timeScale * 36_000, bytes.indexOf('stts') + 16)
  return write('longframe.mp4', bytes)
}

/** An MP4 whose sample entry says that the video is encrypted. */
function encrypted(): string {
  const args = [
    '-encryption_scheme',
    'cenc-aes-ctr',
    '-encryption_key',
    '0'.repeat(32),
    '-encryption_kid',
    '1'.repeat(32),
  ]
  return made('encrypted.mp4', ...PICTURE, ...H264, ...args)
}
