import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Length of every trial's voice; outputs must match it. */
const VOICE_MS = 500
const SAMPLE_RATE_HZ = 8_000

let outputPath: string | undefined

/** A small playable video of the voice's length, made once per campaign. Throws when there is no FFmpeg. */
export function outputVideo(): string {
  if (outputPath !== undefined && existsSync(outputPath)) return outputPath
  const dir = mkdtempSync(join(tmpdir(), 'dhs-faults-media-'))
  process.once('exit', () => {
    rmSync(dir, { recursive: true, force: true })
  })
  const path = join(dir, 'output.mp4')
  const seconds = String(VOICE_MS / 1000)
  const sources = [`testsrc2=size=64x64:rate=10:duration=${seconds}`, `sine=frequency=220:duration=${seconds}`]
  const inputs = sources.flatMap((source) => ['-f', 'lavfi', '-i', source])
  const encode = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '32k', '-movflags', '+faststart']
  const made = spawnSync('ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', ...inputs, ...encode, path])
  if (made.status !== 0) throw new Error(`ffmpeg could not make the output: ${String(made.stderr)}`)
  outputPath = path
  return path
}

/** A voice of fixed length whose content is `noise`: as many different files as there are seeds. */
export function voiceFile(noise: Buffer): Buffer {
  const samples = Buffer.alloc((SAMPLE_RATE_HZ * 2 * VOICE_MS) / 1000)
  noise.copy(samples, 0, 0, Math.min(noise.length, samples.length))
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + samples.length, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(SAMPLE_RATE_HZ, 24)
  head.writeUInt32LE(SAMPLE_RATE_HZ * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}

/** A box of a video file that players skip: it makes two copies of one film different files. */
export function freeBox(text: string, padBytes = 0): Buffer {
  const body = Buffer.concat([Buffer.from(text), Buffer.alloc(padBytes)])
  const head = Buffer.alloc(8)
  head.writeUInt32BE(head.length + body.length)
  head.write('free', 4, 'latin1')
  return Buffer.concat([head, body])
}
