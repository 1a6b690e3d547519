import { chmodSync, copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../index.ts'
import { locateFfmpeg } from './locateFfmpeg.ts'
import { runFfmpeg } from './runFfmpeg.ts'
import type { FfmpegJob, FfmpegResult } from './runFfmpeg.ts'
import { createTestMedia, PICTURE, SOUND } from './testMedia.ts'
import type { TestMedia } from './testMedia.ts'

const LIMITS = { maxBytes: 50_000_000, maxSeconds: 60, wallMs: 60_000 }

let media: TestMedia
beforeAll(async () => {
  media = await createTestMedia()
  media.make(...PICTURE, ...SOUND, '-c:v', 'libx264', '-c:a', 'aac', 'good.mp4')
  mkdirSync(media.at('out'))
})
afterAll(() => {
  media.remove()
})

function run(
  overrides: Partial<FfmpegJob> & { readonly from?: string; readonly to?: string } = {},
): Promise<FfmpegResult> {
  const { from = 'good.mp4', to = 'result.mp4', ...job } = overrides
  return runFfmpeg({
    tools: media.tools,
    inputs: [{ path: media.at(from) }],
    args: ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-movflags', '+faststart'],
    output: { path: media.at(`out/${to}`), format: 'mp4' },
    limits: LIMITS,
    ...job,
  })
}

const outNames = (): string[] => readdirSync(media.at('out')).sort()

describe('runFfmpeg', () => {
  it('makes a file, tells its progress, and leaves nothing else', async () => {
    const frames: number[] = []
    const result = await run({ onProgress: ({ frame }) => frames.push(frame) })
    expect(statSync(media.at('out/result.mp4')).size).toBe(result.sizeBytes)
    expect(frames.at(-1)).toBe(10)
    expect(outNames()).toEqual(['result.mp4'])
  })

  it.each([
    '-rf.mp4',
    '%d.mp4',
    'it\'s; rm -rf "x"\n.mp4',
    '数字人 🎬.mp4',
    `${'x'.repeat(251)}.mp4`,
    'concat:a|b.mp4',
  ])('takes the name %j as a name', async (name) => {
    copyFileSync(media.at('good.mp4'), media.at(name))
    expect((await run({ from: name, to: name })).sizeBytes).toBeGreaterThan(0)
    expect(outNames()).toContain(name)
  })

  it('publishes nothing when the result does not pass its check', async () => {
    const verify = (): Promise<void> => Promise.reject(new AppError('RESULT_INVALID'))
    await expect(run({ to: 'unverified.mp4', verify })).rejects.toMatchObject({ code: 'RESULT_INVALID' })
    expect(outNames()).not.toContain('unverified.mp4')
  })

  it('kills at the wall-clock limit and names it', async () => {
    const inputs = [{ path: media.at('good.mp4'), options: ['-re', '-stream_loop', '-1'] }]
    const slow = run({ to: 'slow.mp4', inputs, limits: { ...LIMITS, wallMs: 500 } })
    await expect(slow).rejects.toMatchObject({ code: 'MEDIA_LIMIT', data: { limit: '≤ 0.5 s' } })
    expect(outNames().filter((name) => name.startsWith('.') || name === 'slow.mp4')).toEqual([])
  })

  it('does not pass an output cut at the size limit for a finished one', async () => {
    const cut = run({
      to: 'cut.mp4',
      args: ['-c:v', 'rawvideo', '-pix_fmt', 'yuv420p', '-an'],
      output: { path: media.at('out/cut.mp4'), format: 'matroska' },
      limits: { ...LIMITS, maxBytes: 20_000 },
    })
    await expect(cut).rejects.toMatchObject({ code: 'MEDIA_LIMIT', data: { limit: '≤ 0.02 MB', max: 20_000 } })
    expect(outNames()).not.toContain('cut.mp4')
  })

  it('ends with the caller’s reason on cancel', async () => {
    const controller = new AbortController()
    const reason = new Error('cancelled')
    const inputs = [{ path: media.at('good.mp4'), options: ['-re', '-stream_loop', '-1'] }]
    const cancelled = run({
      to: 'never.mp4',
      inputs,
      signal: controller.signal,
      onProgress: () => {
        controller.abort(reason)
      },
    })
    await expect(cancelled).rejects.toBe(reason)
    expect(outNames()).not.toContain('never.mp4')
  })

  it('maps what FFmpeg says to codes', async () => {
    writeFileSync(media.at('list.mp4'), '#EXTM3U\n#EXTINF:1,\ngood.ts\n#EXT-X-ENDLIST\n')
    writeFileSync(media.at('noise.mp4'), Buffer.alloc(5000, 'noise'))
    const copy = { args: ['-c', 'copy'] }
    await expect(run({ from: 'list.mp4', ...copy })).rejects.toMatchObject({ code: 'MEDIA_INVALID' })
    await expect(run({ from: 'noise.mp4', ...copy })).rejects.toMatchObject({ code: 'MEDIA_INVALID' })
    await expect(run({ from: 'missing.mp4', ...copy })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    const tools = { ...media.tools, path: media.at('no-ffmpeg') }
    await expect(run({ tools })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})

describe('locateFfmpeg', () => {
  it('prefers the setting, passes over what does not run, and falls back to PATH', async () => {
    const fake = media.at('fake-ffmpeg')
    writeFileSync(fake, '#!/bin/sh\necho "ffmpeg version 99.9-fake Copyright"\n')
    chmodSync(fake, 0o755)
    const broken = media.at('good.mp4')
    expect(await locateFfmpeg({ setting: fake, shipped: broken })).toMatchObject({ path: fake, version: '99.9-fake' })
    expect(await locateFfmpeg({ setting: broken, shipped: fake })).toMatchObject({ path: fake })
    expect(await locateFfmpeg({ setting: broken })).toMatchObject({ path: media.tools.path })
  })

  it('says how to install it when there is none', async () => {
    expect(await locateFfmpeg({ setting: '/nowhere/ffmpeg', searchPath: media.dir })).toMatchObject({
      kind: 'missing',
      rejected: ['/nowhere/ffmpeg'],
    })
  })
})
