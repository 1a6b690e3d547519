import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { H264, make, picture, voice } from '../../testing/previewMedia.ts'
import { describeEngineContract } from '../engine.contract.ts'
import { createPreviewEngine } from './previewEngine.ts'

describeEngineContract('preview', async (dir) => {
  const brokenPath = join(dir, 'broken.mp4')
  writeFileSync(brokenPath, 'this is no video')
  return {
    engine: createPreviewEngine({ ffmpegPath: null }),
    brokenPath,
    short: {
      avatarPath: make(join(dir, 'short.mp4'), [...picture('320x240', 25, 1), ...H264]),
      voicePath: make(join(dir, 'short.wav'), voice(2.5)),
      voiceMs: 2500,
    },
    long: {
      avatarPath: make(join(dir, 'long.mkv'), [...picture('1280x720', 30, 4), '-c:v', 'mpeg4']),
      voicePath: make(join(dir, 'long.wav'), voice(60)),
    },
  }
})
