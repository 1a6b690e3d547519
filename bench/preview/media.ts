import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from '../measure/programs.ts'

const AVATAR_SECONDS = 10
export const VOICE_SECONDS = 30

const SAMPLES = fileURLToPath(new URL('../../resources/samples/', import.meta.url))

export interface Pair {
  readonly avatarPath: string
  readonly voicePath: string
  /** Free; the video goes here. */
  readonly outPath: string
}

export type AvatarKind = 'copy' | 'encode'

export interface PreviewMedia {
  /** Files of the same picture and sound as ever, and of bytes nobody has seen yet. */
  nextPair(kind: AvatarKind): Promise<Pair>
}

/**
 * A 720p avatar with the grain of a camera, once as H.264 in mp4 (can be copied) and once as VP8 in webm, what browsers
 * record (has to be encoded), and a voice.
 */
export async function makePreviewMedia(ffmpeg: string, dir: string): Promise<PreviewMedia> {
  const run = (args: readonly string[]): Promise<string> => runProgram(ffmpeg, ['-v', 'error', '-n', ...args])
  const picture = [
    ...['-stream_loop', '-1', '-i', join(SAMPLES, 'presenter.mp4'), '-t', String(AVATAR_SECONDS), '-an'],
    ...['-vf', 'noise=alls=3:allf=t', '-r', '25', '-pix_fmt', 'yuv420p'],
  ]
  const avatar = { copy: join(dir, 'avatar.mp4'), encode: join(dir, 'avatar.webm') }
  const voice = join(dir, 'voice.wav')
  await run([...picture, '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', avatar.copy])
  await run([...picture, ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '6M'], avatar.encode])
  await run(['-stream_loop', '-1', '-i', join(SAMPLES, 'welcome.wav'), '-t', String(VOICE_SECONDS), voice])
  let count = 0
  return {
    async nextPair(kind) {
      count += 1
      const name = (suffix: string): string => join(dir, `${count}-${suffix}`)
      const pair = {
        avatarPath: name(kind === 'copy' ? 'avatar.mp4' : 'avatar.webm'),
        voicePath: name('voice.wav'),
        outPath: name('out.mp4'),
      }
      const stamp = ['-c', 'copy', '-metadata', `title=${count} of ${process.pid}`]
      await run(['-i', avatar[kind], ...stamp, pair.avatarPath])
      await run(['-i', voice, ...stamp, pair.voicePath])
      return pair
    },
  }
}
