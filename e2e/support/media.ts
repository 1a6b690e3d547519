import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from './process.ts'

export const FFMPEG = process.env['DHS_FFMPEG'] ?? 'ffmpeg'

const CACHE = join(tmpdir(), `dhs-e2e-media-${String(process.getuid?.() ?? 0)}`)

export const PRESENTER = join(REPOSITORY, 'resources/samples/presenter.mp4')
export const WELCOME = join(REPOSITORY, 'resources/samples/welcome.wav')

/** A tone of that length, made once. */
export function voiceOf(seconds: number): string {
  return made(`voice-${String(seconds)}s.m4a`, (path) => {
    const source = `sine=frequency=220:duration=${String(seconds)}`
    ffmpeg(['-f', 'lavfi', '-i', source, '-c:a', 'aac', '-b:a', '48k', path])
  })
}

/** A file with a video's name and no video in it. */
export function notAVideo(): string {
  return made('holiday.mp4', (path) => writeFileSync(path, 'This is a letter, not a video.\n'.repeat(200)))
}

/** A video whose description is right and whose pictures are damaged: only who decodes it finds out. */
export function damagedVideo(): string {
  return made('interview.mp4', (path) => {
    const source = 'testsrc2=size=640x360:rate=25:duration=3'
    ffmpeg(['-f', 'lavfi', '-i', source, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', path])
    const bytes = readFileSync(path)
    const pictures = bytes.indexOf('mdat')
    bytes.fill(0xff, pictures + 4, pictures - 4 + bytes.readUInt32BE(pictures - 4))
    writeFileSync(path, bytes)
  })
}

/** Several tests may want it at once: it appears whole. */
function made(name: string, make: (path: string) => void): string {
  const path = join(CACHE, name)
  if (existsSync(path)) return path
  mkdirSync(CACHE, { recursive: true })
  const part = join(CACHE, `${String(process.pid)}-${name}`)
  make(part)
  renameSync(part, path)
  return path
}

function ffmpeg(args: readonly string[]): void {
  execFileSync(FFMPEG, ['-nostdin', '-loglevel', 'error', '-y', ...args])
}
