import { rm } from 'node:fs/promises'
import { runProgram } from '../measure/programs.ts'
import type { Pair } from './media.ts'
import { VOICE_SECONDS } from './media.ts'

/** What a person types who knows ffmpeg well. The settings of picture and sound are the preview engine's own. */
const ENCODE = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p']
const SOUND = ['-c:a', 'aac', '-b:a', '160k', '-ar', '48000', '-movflags', '+faststart']

export async function copyByHand(ffmpeg: string, pair: Pair): Promise<void> {
  await repeat(ffmpeg, pair, pair.avatarPath, ['-c:v', 'copy'])
}

export async function encodeByHand(ffmpeg: string, pair: Pair): Promise<void> {
  await repeat(ffmpeg, pair, pair.avatarPath, ENCODE)
}

/** What the engine does: the avatar is encoded once, and that is repeated as a copy. */
export async function encodeOnceByHand(ffmpeg: string, pair: Pair): Promise<void> {
  const oncePath = `${pair.outPath}.once.mp4`
  await runProgram(ffmpeg, ['-v', 'error', '-y', '-i', pair.avatarPath, '-an', ...ENCODE, '-bf', '0', oncePath])
  await repeat(ffmpeg, pair, oncePath, ['-c:v', 'copy'])
  await rm(oncePath)
}

async function repeat(ffmpeg: string, pair: Pair, picturePath: string, codec: readonly string[]): Promise<void> {
  await runProgram(ffmpeg, [
    ...['-v', 'error', '-n', '-stream_loop', '-1', '-i', picturePath, '-i', pair.voicePath],
    ...['-map', '0:v:0', '-map', '1:a:0', ...codec, ...SOUND, '-t', String(VOICE_SECONDS), pair.outPath],
  ])
}
