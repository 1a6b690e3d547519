import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'

const englishWords =
  'Hello, and welcome to Digital Human Studio. Add a voice, press one button, and your video will be ready in a moment.'

const chineseWords = '你好，欢迎使用数字人工作室。加上声音，按一下按钮，视频马上就好。'

/** How each file is spoken, as the arguments of FFmpeg's own voice or of espeak-ng. */
const speakers = [
  {
    file: 'welcome.wav',
    speak: (wav) =>
      run('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `flite=text='${englishWords}':voice=slt`, wav]),
  },
  {
    // This voice reads characters with their tones; espeak-ng's plain `cmn` takes their pinyin for English letters.
    file: 'welcome-zh.wav',
    speak: (wav) => run('espeak-ng', [...'-v cmn-latn-pinyin+f2 -s 188 -p 44 -g 2 -w'.split(' '), wav, chineseWords]),
  },
]

// Rumble off, harsh top softened, level speech, a breath of room before and after, faded at both ends.
const polish = [
  'highpass=f=80',
  'treble=g=-4:f=5000',
  'acompressor=threshold=-20dB:ratio=2.5:attack=8:release=120',
  'loudnorm=I=-18:TP=-2:LRA=7',
  'aresample=16000:resampler=swr',
  'adelay=250',
  'apad=pad_dur=0.35',
].join(',')

/** Speaks the welcome sentences into `folder`: 16 kHz mono 16-bit WAV. */
export async function makeVoices(folder) {
  const scratch = await mkdtemp(join(tmpdir(), 'dhs-samples-'))
  try {
    for (const { file, speak } of speakers) {
      const raw = join(scratch, file)
      await speak(raw)
      const faded = `${polish},afade=t=in:d=0.2,areverse,afade=t=in:d=0.3,areverse`
      const format = ['-ac', '1', '-ar', '16000', '-c:a', 'pcm_s16le', '-flags', '+bitexact', '-fflags', '+bitexact']
      await run('ffmpeg', [
        '-v',
        'error',
        '-y',
        '-i',
        raw,
        '-af',
        faded,
        ...format,
        '-map_metadata',
        '-1',
        join(folder, file),
      ])
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
