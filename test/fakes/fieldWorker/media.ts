import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { locateFfmpeg } from '../../../src/shared/node/index.ts'

const run = promisify(execFile)

/** Real media of one length: what goes in, and what a GPU server would make of it. */
export interface FieldMedia {
  readonly voice: Buffer
  readonly avatar: Buffer
  readonly result: Buffer
}

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=10:d=1']
const SOUND = ['-f', 'lavfi', '-i', 'sine=440:d=1:r=16000']
const VIDEO_CODEC = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']

let made: Promise<FieldMedia> | undefined

/** Made by FFmpeg once per process. */
export function fieldMedia(): Promise<FieldMedia> {
  made ??= make()
  return made
}

async function make(): Promise<FieldMedia> {
  const tools = await locateFfmpeg()
  if (tools.kind === 'missing') throw new Error(`these tests need FFmpeg: ${tools.installCommand}`)
  const dir = await mkdtemp(join(tmpdir(), 'dhs-field-media-'))
  const file = async (name: string, ...args: readonly string[]): Promise<Buffer> => {
    await run(tools.path, ['-v', 'error', '-nostdin', '-y', ...args, join(dir, name)])
    return await readFile(join(dir, name))
  }
  try {
    const end = [...VIDEO_CODEC, '-movflags', '+faststart']
    return {
      voice: await file('voice.wav', ...SOUND),
      avatar: await file('avatar.mp4', ...PICTURE, ...VIDEO_CODEC),
      result: await file('result.mp4', ...PICTURE, ...SOUND, ...end, '-c:a', 'aac', '-shortest'),
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
