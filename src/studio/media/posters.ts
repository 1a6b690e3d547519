import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureDir, runFfmpeg } from '../../shared/node/index.ts'
import type { FfmpegTools } from '../../shared/node/index.ts'

const POSTER_WIDTH_PIXELS = 480
const MAX_BYTES = 8 * 1024 * 1024
const WALL_MS = 30_000

export const POSTER_FILE = /^([0-9a-f]{64})\.jpg$/

export function posterPath(cacheDir: string, sha256: string): string {
  return join(cacheDir, `${sha256}.jpg`)
}

/** One frame from near the beginning, kept by content: made once, whatever the file is called. */
export async function makePoster(job: {
  readonly tools: FfmpegTools
  readonly path: string
  readonly sha256: string
  readonly durationMs: number
  readonly cacheDir: string
  readonly signal: AbortSignal
}): Promise<void> {
  const path = posterPath(job.cacheDir, job.sha256)
  if (existsSync(path)) return
  await ensureDir(job.cacheDir)
  const atSeconds = Math.min(1, job.durationMs / 10_000)
  await runFfmpeg({
    tools: job.tools,
    inputs: [{ path: job.path, options: ['-ss', atSeconds.toFixed(3)] }],
    args: ['-map', '0:v:0', '-an', '-frames:v', '1', '-vf', `scale=${String(POSTER_WIDTH_PIXELS)}:-2`, '-q:v', '4'],
    output: { path, format: 'mjpeg' },
    limits: { maxBytes: MAX_BYTES, maxSeconds: 10, wallMs: WALL_MS },
    signal: job.signal,
  })
}
