import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Makes a small real video by FFmpeg's own sources. `bitrate` sets its size: "8M" is about 1 MB a second. */
export async function makeVideo(path: string, options: { seconds: number; bitrate?: string }): Promise<string> {
  const source = `testsrc2=size=640x360:rate=25:duration=${String(options.seconds)}`
  const noise = options.bitrate === undefined ? [] : ['-vf', 'noise=alls=60:allf=t', '-b:v', options.bitrate]
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
  await run(['-f', 'lavfi', '-i', source, ...noise, ...encode, '-movflags', '+faststart', path])
  return path
}

export async function makeVoice(path: string, seconds: number): Promise<string> {
  await run(['-f', 'lavfi', '-i', `sine=frequency=220:duration=${String(seconds)}`, '-ar', '16000', path])
  return path
}

async function run(args: readonly string[]): Promise<void> {
  const child = spawn('ffmpeg', ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y', ...args], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`ffmpeg ended with ${String(code)}`)
}
