import { describe, expect, it } from 'vitest'
import type { MediaProbe } from '../../index.ts'
import { problemOfResult } from './probeResult.ts'

const GOOD: Required<MediaProbe> = {
  container: 'mp4',
  durationMs: 10_000,
  sizeBytes: 1,
  video: { codec: 'avc', width: 320, height: 240, fps: 25, rotation: 0 },
  audio: { codec: 'aac', sampleRate: 48_000, channels: 1 },
}

describe('problemOfResult', () => {
  it.each([
    ['nothing', GOOD, undefined],
    ['a length within the tolerance', { ...GOOD, durationMs: 10_900 }, undefined],
    ['another length', { ...GOOD, durationMs: 5_000 }, 'it lasts 5000 ms, the voice 10000 ms'],
    ['another container', { ...GOOD, container: 'webm' }, 'the container is webm'],
    ['no picture', { container: 'mp4', durationMs: 10_000, sizeBytes: 1, audio: GOOD.audio }, 'there is no picture'],
    ['no sound', { container: 'mp4', durationMs: 10_000, sizeBytes: 1, video: GOOD.video }, 'there is no sound'],
  ])('finds %s', (_name, probe, problem) => {
    expect(problemOfResult(probe, 10_000)).toBe(problem)
  })

  it('lets any length pass where nobody knows the right one', () => {
    expect(problemOfResult({ ...GOOD, durationMs: 5_000 }, null)).toBeUndefined()
  })
})
