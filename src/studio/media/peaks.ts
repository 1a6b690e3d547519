import { createReadStream } from 'node:fs'
import { readFile, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { randomHex } from '../../shared/index.ts'
import { atomicWrite, ensureDir, runFfmpeg } from '../../shared/node/index.ts'
import type { FfmpegTools } from '../../shared/node/index.ts'

/** Peaks kept per content; fewer are made from these. */
const STORED_PEAKS = 4_000
const SAMPLE_RATE_HZ = 8_000
const BYTES_PER_SAMPLE = 2
const MAX_SECONDS = 4 * 3_600
const WALL_MS = 120_000

export const PEAKS_FILE = /^[0-9a-f]{64}\.peaks\.json$/

const storedSchema = z.array(z.number().min(0).max(1)).max(STORED_PEAKS)

/** The peaks of a content when they are known already; the file's time becomes that of this use. */
export async function readStoredPeaks(cacheDir: string, sha256: string, now: Date): Promise<number[] | undefined> {
  const path = peaksPath(cacheDir, sha256)
  try {
    const peaks = storedSchema.parse(JSON.parse(await readFile(path, 'utf8')))
    // A disk that takes no time only means that they are made anew some day.
    await utimes(path, now, now).catch(() => undefined)
    return peaks
  } catch {
    // Not there, or not readable: they are computed again.
    return undefined
  }
}

/** Decodes the sound once, as 8 kHz mono, and keeps its peaks by content. Throws MEDIA_*, FFMPEG_*. */
export async function computePeaks(job: {
  readonly tools: FfmpegTools
  readonly path: string
  readonly sha256: string
  readonly durationMs: number
  readonly cacheDir: string
  readonly signal: AbortSignal
}): Promise<number[]> {
  await ensureDir(job.cacheDir)
  const pcmPath = join(job.cacheDir, `${job.sha256}.${randomHex(4)}.pcm`)
  try {
    await runFfmpeg({
      tools: job.tools,
      inputs: [{ path: job.path }],
      args: ['-map', '0:a:0', '-vn', '-ac', '1', '-ar', String(SAMPLE_RATE_HZ), '-c:a', 'pcm_s16le'],
      output: { path: pcmPath, format: 's16le' },
      limits: {
        maxBytes: MAX_SECONDS * SAMPLE_RATE_HZ * BYTES_PER_SAMPLE,
        maxSeconds: MAX_SECONDS,
        wallMs: WALL_MS,
      },
      signal: job.signal,
    })
    const peaks = await readPeaks(pcmPath, Math.ceil((job.durationMs / 1000) * SAMPLE_RATE_HZ))
    await atomicWrite(peaksPath(job.cacheDir, job.sha256), JSON.stringify(peaks))
    return peaks
  } finally {
    await rm(pcmPath, { force: true })
  }
}

/** `count` peaks out of more, each the largest of its stretch. */
export function resamplePeaks(peaks: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * peaks.length) / count)
    const to = Math.max(from + 1, Math.floor(((index + 1) * peaks.length) / count))
    return peaks.slice(from, to).reduce((largest, peak) => Math.max(largest, peak), 0)
  })
}

async function readPeaks(pcmPath: string, expectedSamples: number): Promise<number[]> {
  const samplesPerPeak = Math.max(1, Math.ceil(expectedSamples / STORED_PEAKS))
  const peaks: number[] = []
  let largest = 0
  let samples = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(pcmPath) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % BYTES_PER_SAMPLE)
    for (let offset = 0; offset < whole; offset += BYTES_PER_SAMPLE) {
      largest = Math.max(largest, Math.abs(bytes.readInt16LE(offset)))
      samples += 1
      if (samples % samplesPerPeak !== 0) continue
      peaks.push(toPeak(largest))
      largest = 0
    }
    rest = bytes.subarray(whole)
  }
  if (samples % samplesPerPeak !== 0) peaks.push(toPeak(largest))
  return peaks.slice(0, STORED_PEAKS)
}

/** Three digits are more than a screen shows. */
function toPeak(sample: number): number {
  return Math.round((Math.min(sample, 32_767) / 32_767) * 1000) / 1000
}

function peaksPath(cacheDir: string, sha256: string): string {
  return join(cacheDir, `${sha256}.peaks.json`)
}
