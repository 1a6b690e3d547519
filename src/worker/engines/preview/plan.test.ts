import { describe, expect, it } from 'vitest'
import type { MediaProbe, VideoTrackProbe } from '../../../shared/index.ts'
import { framesIn, outputFrameRate, rateText } from './frameRate.ts'
import { backwardChunks } from './passes.ts'
import { outputSize, planPreview } from './plan.ts'
import { createFrameCounter } from './progress.ts'

const VIDEO: VideoTrackProbe = { codec: 'avc', width: 1280, height: 720, fps: 25, rotation: 0, pixelFormat: 'yuv420p' }
const avatarOf = (durationMs: number, container = 'mp4'): MediaProbe => ({ container, durationMs, sizeBytes: 1 })
const voiceOf = (durationMs: number): MediaProbe => ({
  container: 'wav',
  durationMs,
  sizeBytes: 1,
  audio: { codec: 'pcm-s16', sampleRate: 48_000, channels: 1 },
})
const plan = (video: Partial<VideoTrackProbe>, loop: 'restart' | 'pingpong', voiceMs = 30_000, container = 'mp4') =>
  planPreview({
    avatar: avatarOf(10_000, container),
    video: { ...VIDEO, ...video },
    voice: voiceOf(voiceMs),
    loop,
  })

describe('planPreview', () => {
  it('copies what every player plays', () => {
    expect(plan({}, 'restart')).toMatchObject({ picture: { kind: 'copy' }, isLooped: true, totalFrames: 750 })
    expect(plan({}, 'restart', 30_000, 'mov').picture.kind).toBe('copy')
  })

  it.each<[string, Partial<VideoTrackProbe>, string?]>([
    ['another codec', { codec: 'hevc' }],
    ['another pixel format', { pixelFormat: 'yuv444p' }],
    ['a rotated picture', { rotation: 90 }],
    ['too many frames a second', { fps: 60 }],
    ['so few that a copy would miss the length', { fps: 5 }],
    ['a picture that is too large', { width: 3840, height: 2160 }],
    ['an odd size', { width: 1279 }],
    ['another container', {}, 'matroska'],
  ])('encodes the avatar once for %s', (_name, video, container) => {
    expect(plan(video, 'restart', 30_000, container).picture.kind).toBe('encode')
  })

  it('counts every pass', () => {
    expect(plan({ codec: 'vp9' }, 'restart')).toMatchObject({ picture: { frames: 250 }, totalFrames: 1000 })
    expect(plan({}, 'pingpong')).toMatchObject({ picture: { frames: 250, backwardFrames: 250 }, totalFrames: 1250 })
  })

  it('turns round only what the voice needs, and nothing for a short voice', () => {
    expect(plan({}, 'pingpong', 12_000).picture).toEqual({ kind: 'pingpong', frames: 250, backwardFrames: 50 })
    expect(plan({}, 'pingpong', 9_000)).toMatchObject({ picture: { kind: 'copy' }, isLooped: false })
    expect(plan({ codec: 'vp9' }, 'pingpong', 4_000).picture).toEqual({ kind: 'encode', frames: 100 })
  })
})

describe('outputSize', () => {
  it.each([
    [1280, 720, 1280, 720],
    [3840, 2160, 1920, 1080],
    [2160, 3840, 1080, 1920],
    [321, 241, 320, 240],
    [1921, 1081, 1920, 1080],
    [7680, 32, 1920, 8],
  ])('%i×%i becomes %i×%i', (width, height, outWidth, outHeight) => {
    expect(outputSize(width, height)).toEqual({ width: outWidth, height: outHeight })
  })
})

describe('frame rates', () => {
  it.each([
    [25, '25/1'],
    [29.97, '30000/1001'],
    [23.976, '24000/1001'],
    [60, '30/1'],
    [0, '25/1'],
    [12.5, '12500/1000'],
  ])('%d frames a second are %s', (fps, text) => {
    expect(rateText(outputFrameRate(fps))).toBe(text)
  })

  it('does not drift over an hour', () => {
    expect(framesIn(3_600_000, outputFrameRate(29.97))).toBe(107_892)
  })
})

describe('backwardChunks', () => {
  it('covers the end of the clip once, last piece first', () => {
    expect(backwardChunks(100, 70, 30)).toEqual([
      { start: 70, count: 30 },
      { start: 40, count: 30 },
      { start: 30, count: 10 },
    ])
    expect(backwardChunks(10, 10, 30)).toEqual([{ start: 0, count: 10 }])
  })
})

describe('createFrameCounter', () => {
  it('adds passes to one figure that never goes back and ends at 100', () => {
    const percents: (number | null)[] = []
    const counter = createFrameCounter(200, ({ percent }) => percents.push(percent))
    const first = counter.pass(100)
    for (const frames of [50, 40, 120]) first.handled(frames)
    first.done()
    const second = counter.pass(100)
    second.handled(10)
    second.done()
    expect(percents).toEqual([25, 50, 55, 100])
  })
})
