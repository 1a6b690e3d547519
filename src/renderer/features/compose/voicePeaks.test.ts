import { afterEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../shared/index.ts'
import { createFakeStudio } from '../../testing/fakeStudio.ts'
import { sampleVoice } from '../../testing/samples.ts'
import { DECODE_LIMIT_BYTES, loadPeaks, peaksOf } from './voicePeaks.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Two channels, two seconds: silence, then a swing on one side only. */
const CHANNELS = [Float32Array.of(0, 0, 0.25, -0.75), Float32Array.of(0, 0.1, 0, 0)]

/** The browser's decoder, which jsdom lacks. */
class Decoder {
  async decodeAudioData(bytes: ArrayBuffer) {
    if (bytes.byteLength === 0) throw new DOMException('cannot decode', 'EncodingError')
    return { numberOfChannels: 2, duration: 2, getChannelData: (at: number) => CHANNELS[at] }
  }
}

function load(over: Parameters<typeof sampleVoice>[0], withoutFfmpeg = true, body = 'RIFF…') {
  const fetched: unknown[] = []
  vi.stubGlobal('OfflineAudioContext', Decoder)
  vi.stubGlobal('fetch', async (url: unknown) => {
    fetched.push(url)
    return new Response(body)
  })
  const failures = withoutFfmpeg ? [new AppError('FFMPEG_MISSING')] : []
  const { client } = createFakeStudio({ failures: new Map(failures.map((error) => ['files.peaks', error])) }).studio
  return { peaks: loadPeaks(client, sampleVoice(over), 2, new AbortController().signal), fetched }
}

describe('peaks of a voice', () => {
  it('are the loudest sample of each slice over all channels', () => {
    const [first, second] = peaksOf(CHANNELS, 2)
    expect(first).toBeCloseTo(0.1)
    expect(second).toBe(0.75)
    expect(peaksOf([], 3)).toEqual([0, 0, 0])
    expect(peaksOf([Float32Array.of(2)], 1)).toEqual([1])
  })

  it('come from the studio where it can tell them', async () => {
    const { peaks, fetched } = load({}, false)
    expect((await peaks).peaks).toHaveLength(2)
    expect(fetched).toEqual([])
  })

  it('are decoded in the page where the studio has no FFmpeg', async () => {
    const { peaks, fetched } = load({ mediaUrl: '/media/welcome.wav' })
    expect((await peaks).durationMs).toBe(2_000)
    expect(fetched).toEqual(['/media/welcome.wav'])
  })

  it('are given up for a recording that is too large or cannot be decoded: the plain bar stays', async () => {
    const large = load({ sizeBytes: DECODE_LIMIT_BYTES + 1 })
    await expect(large.peaks).rejects.toMatchObject({ code: 'FFMPEG_MISSING' })
    expect(large.fetched).toEqual([])
    await expect(load({}, true, '').peaks).rejects.toThrow('cannot decode')
  })
})
