import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoopMode } from '../../../protocol/task/index.ts'
import { probeMedia } from '../../../shared/node/index.ts'
import { ffmpeg, ffprobePath, H264, make, picture, voice } from '../../testing/previewMedia.ts'
import { PREVIEW_COMMENT } from './passes.ts'
import { createPreviewEngine } from './previewEngine.ts'

describe('preview engine', () => {
  let dir = ''
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-preview-'))
  })
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  let runs = 0
  async function preview(avatarPath: string, seconds: number, loop: LoopMode = 'restart'): Promise<string> {
    const workDir = join(dir, `run${String(runs++)}`)
    mkdirSync(workDir)
    const voicePath = make(join(workDir, 'voice.wav'), voice(seconds))
    const { outputPath } = await createPreviewEngine({ ffmpegPath: null }).run({
      avatarPath,
      voicePath,
      options: { loop },
      workDir,
      signal: new AbortController().signal,
      report: () => undefined,
    })
    return outputPath
  }

  const ask = (path: string, ...args: string[]): string =>
    execFileSync(ffprobePath, ['-v', 'error', ...args, path], { encoding: 'utf8' }).trim()
  /** Display times of all frames, seconds, as a player meets them. */
  const frameTimes = (path: string): number[] =>
    ask(path, '-select_streams', 'v:0', '-show_entries', 'frame=pts_time', '-of', 'csv=p=0')
      .split('\n')
      .map((line) => Number.parseFloat(line))
      // Lines of side data carry no time.
      .filter((time) => Number.isFinite(time))
  /** One digest per decoded frame. */
  const frameDigests = (path: string): string[] =>
    execFileSync(ffmpeg, ['-v', 'error', '-i', path, '-map', '0:v:0', '-f', 'framemd5', '-'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(',').at(-1)?.trim() ?? '')
  const steps = (times: readonly number[]): number[] => times.slice(1).map((time, index) => time - (times[index] ?? 0))

  it('copies an H.264 avatar: every loop is made of the very same frames, without a gap', async () => {
    const avatar = make(join(dir, 'copy.mp4'), [...picture('640x360', 25, 2), ...voice(2), ...H264, '-c:a', 'aac'])
    const output = await preview(avatar, 7)
    const [original, made] = [frameDigests(avatar), frameDigests(output)]
    expect(original).toHaveLength(50)
    expect(made.length).toBeGreaterThanOrEqual(172)
    expect(made.length).toBeLessThanOrEqual(175)
    expect(made.slice(0, 150)).toEqual([...original, ...original, ...original])
    expect(Math.max(...steps(frameTimes(output)))).toBeLessThan(0.06)
    expect(Math.min(...steps(frameTimes(output)))).toBeGreaterThan(0.02)
  })

  it('says in the file that lips are not synced, and puts the index first', async () => {
    const avatar = make(join(dir, 'comment.mp4'), [...picture('320x240', 25, 1), ...H264])
    const output = await preview(avatar, 1.5)
    expect(ask(output, '-show_entries', 'format_tags=comment', '-of', 'csv=p=0')).toContain(PREVIEW_COMMENT)
    const boxes = execFileSync('/bin/sh', ['-c', `"${ffmpeg}" -v trace -i "${output}" -f null - 2>&1 || true`], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    expect(boxes.indexOf("type:'moov'")).toBeGreaterThan(-1)
    expect(boxes.indexOf("type:'moov'")).toBeLessThan(boxes.indexOf("type:'mdat'"))
  })

  it('plays forward and backward, across the borders of its chunks', async () => {
    // 1080p: about 30 frames to a chunk, so 1.6 s is turned round in two.
    const avatar = make(join(dir, 'pingpong.mp4'), [...picture('1920x1080', 25, 1.6), ...H264])
    const output = await preview(avatar, 4, 'pingpong')
    const times = frameTimes(output)
    expect(times.length).toBeGreaterThanOrEqual(99)
    expect(Math.max(...steps(times))).toBeLessThan(0.06)
    const luma = brightness(output)
    // testsrc2 moves all the time: a frame and its mirror image in time look alike, its neighbours do not.
    for (const index of [5, 12, 20, 29, 30, 31, 39]) {
      const neighbour = index < 20 ? index + 15 : index - 15
      expect(distance(luma[index], luma[79 - index])).toBeLessThan(distance(luma[index], luma[neighbour]))
    }
    expect(distance(luma[0], luma[80])).toBeLessThan(distance(luma[0], luma[40]))
  })

  /** Each frame as a 16×16 thumbnail. */
  function brightness(path: string): Buffer[] {
    const args = ['-v', 'error', '-i', path, '-vf', 'scale=16:16,format=gray', '-f', 'rawvideo', '-']
    const raw = execFileSync(ffmpeg, args, { maxBuffer: 64 * 1024 * 1024 })
    return Array.from({ length: raw.length / 256 }, (_, index) => raw.subarray(index * 256, (index + 1) * 256))
  }
  function distance(a: Buffer | undefined, b: Buffer | undefined): number {
    if (a === undefined || b === undefined) return Number.NaN
    return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0)
  }

  it.each([
    { name: 'odd size', args: [...picture('321x241', 25, 1), '-c:v', 'ffv1'], ext: 'mkv', size: [320, 240], fps: 25 },
    { name: 'too large', args: [...picture('2560x1440', 25, 1), ...H264], ext: 'mp4', size: [1920, 1080], fps: 25 },
    { name: 'too fast', args: [...picture('320x240', 60, 1), ...H264], ext: 'mp4', size: [320, 240], fps: 30 },
    {
      name: 'NTSC',
      args: [...picture('320x240', 30, 1), '-r', '30000/1001', ...H264, '-pix_fmt', 'yuv444p'],
      ext: 'mp4',
      size: [320, 240],
      fps: 29.97,
    },
    {
      name: '10 bit',
      args: [...picture('320x240', 25, 1), '-c:v', 'libx264', '-pix_fmt', 'yuv420p10le'],
      ext: 'mp4',
      size: [320, 240],
      fps: 25,
    },
    { name: 'VP8', args: [...picture('320x240', 25, 1), '-c:v', 'libvpx'], ext: 'webm', size: [320, 240], fps: 25 },
    { name: 'very slow', args: [...picture('320x240', 5, 2), ...H264], ext: 'mp4', size: [320, 240], fps: 5 },
  ])('makes a video that plays everywhere of an avatar with $name', async ({ name, args, ext, size, fps }) => {
    const avatar = make(join(dir, `${name.replaceAll(' ', '')}.${ext}`), args)
    for (const loop of ['restart', 'pingpong'] as const) {
      const probe = await probeMedia(await preview(avatar, 3.3, loop))
      expect(probe.video).toMatchObject({ codec: 'avc', pixelFormat: 'yuv420p', width: size[0], height: size[1] })
      expect(probe.video?.fps).toBeCloseTo(fps, 1)
      expect(Math.abs(probe.durationMs - 3300)).toBeLessThanOrEqual(100)
    }
  })

  it('turns a rotated avatar upright', async () => {
    const upright = make(join(dir, 'upright.mp4'), [...picture('320x240', 25, 1), ...H264])
    const rotated = make(join(dir, 'rotated.mp4'), ['-i', upright, '-c', 'copy', '-metadata:s:v:0', 'rotate=90'])
    const probe = await probeMedia(await preview(rotated, 1.5))
    expect(probe.video).toMatchObject({ width: 240, height: 320, rotation: 0 })
  })

  it('keeps the length with an avatar of uneven frame times', async () => {
    const vfr = ['-vf', "select='not(mod(n,3))+lt(n,20)'", '-vsync', 'vfr']
    const avatar = make(join(dir, 'vfr.mkv'), [...picture('320x240', 30, 2), ...vfr, ...H264])
    const output = await preview(avatar, 5)
    expect(Math.abs((await probeMedia(output)).durationMs - 5000)).toBeLessThanOrEqual(100)
    expect(Math.max(...steps(frameTimes(output)))).toBeLessThan(0.12)
  })

  it('says what to install where FFmpeg is missing', async () => {
    const readiness = await createPreviewEngine({ ffmpegPath: null, searchPath: dir }).probe()
    expect(readiness.ready).toBe(false)
    expect(readiness.reason).toMatch(/FFmpeg is not installed.*install/i)
  })
})
