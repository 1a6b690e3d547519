import { execFileSync } from 'node:child_process'
import { locateFfmpeg } from '../../shared/node/index.ts'

const location = await locateFfmpeg()
if (location.kind === 'missing') throw new Error(`these tests need FFmpeg: ${location.installCommand}`)

export const { path: ffmpeg, ffprobePath = '' } = location

export function make(path: string, args: readonly string[]): string {
  execFileSync(ffmpeg, ['-v', 'error', '-y', ...args, path])
  return path
}

export const picture = (size: string, fps: number, seconds: number): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`],
]

export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-pix_fmt', 'yuv420p']

export const voice = (seconds: number): string[] => ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`]
