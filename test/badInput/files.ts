import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'

const run = promisify(execFile)

export const AVATAR = resolve('resources', 'samples', 'presenter.mp4')
export const VOICE = resolve('resources', 'samples', 'welcome.wav')

export async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args])
}

export interface Wav {
  readonly channels?: number
  readonly rate?: number
  readonly frames?: number
  /** What the header claims its data to be; the true size by default. */
  readonly claimedBytes?: number
  readonly amplitude?: number
}

/** A PCM WAV file with a header that may lie. */
export function wav({ channels = 1, rate = 16_000, frames = 16_000, claimedBytes, amplitude = 0.3 }: Wav): Buffer {
  const block = Math.max(1, channels) * 2
  const header = Buffer.alloc(44)
  const dataBytes = claimedBytes ?? frames * block
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(Math.min(0xffffffff, dataBytes + 36), 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE((rate * block) % 2 ** 32, 28)
  header.writeUInt16LE(block, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(dataBytes, 40)
  const data = Buffer.alloc(frames * block)
  for (let i = 0; i < data.length / 2; i++) {
    const frame = Math.floor(i / (block / 2))
    data.writeInt16LE(Math.round(Math.sin((frame * 440 * 2 * Math.PI) / rate) * amplitude * 32_767), i * 2)
  }
  return Buffer.concat([header, data])
}

/** A PNG whose header claims `side` × `side` pixels, with `rows` of them in it. */
export function png(side: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head.set([1, 0, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.alloc(1024 * 1024))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...[chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))],
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)])
}

/** Two pictures, so far apart that they claim to be `hours`. */
export async function longClaim(dir: string, hours: number): Promise<string> {
  const path = join(dir, 'endless.mp4')
  const apart = `setpts=N*${String(hours * 3600)}/TB`
  const source = ['-f', 'lavfi', '-i', 'color=size=64x64:rate=1:duration=2']
  await ffmpeg(...source, '-vf', apart, '-fps_mode', 'passthrough', '-c:v', 'libx264', path)
  return path
}

/** The sample avatar with its index at the end, and that end missing. */
export async function withoutIndex(dir: string): Promise<string> {
  const whole = join(dir, 'whole.mp4')
  await ffmpeg('-i', AVATAR, '-c', 'copy', whole)
  const bytes = await readFile(whole)
  return put(dir, 'cut.mp4', bytes.subarray(0, Math.floor(bytes.length / 2)))
}

export async function put(dir: string, name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, content)
  return path
}
