import { describe, expect, it } from 'vitest'
import { toFfmpegError } from './ffmpegError.ts'
import { installCommand } from './locateFfmpeg.ts'
import { createProgressReader } from './progress.ts'

describe('installCommand', () => {
  it.each([
    ['linux', 'ID=debian', 'sudo apt-get install -y ffmpeg'],
    ['linux', 'NAME=x\nID=linuxmint\nID_LIKE="ubuntu debian"', 'sudo apt-get install -y ffmpeg'],
    ['linux', 'ID=rocky\nID_LIKE="rhel centos fedora"', 'sudo dnf install -y ffmpeg-free'],
    ['linux', 'ID=arch', 'sudo pacman -S --noconfirm ffmpeg'],
    ['linux', 'ID=alpine', 'sudo apk add ffmpeg'],
    ['darwin', '', 'brew install ffmpeg'],
    ['win32', '', 'winget install --id Gyan.FFmpeg'],
  ] as const)('%s %j', (platform, osRelease, expected) => {
    expect(installCommand(platform, osRelease)).toBe(expected)
  })
})

describe('createProgressReader', () => {
  it('reports once per block and takes "N/A" for nothing new', () => {
    const seen: unknown[] = []
    const reader = createProgressReader((progress) => seen.push(progress))
    const text =
      'frame=10\nout_time_us=N/A\nspeed=N/A\nprogress=continue\nframe=20\nout_time_us=1500000\ntotal_size=99\nspeed=1.5x\nprogress=end'
    text.split('\n').forEach(reader.push)
    expect(seen).toEqual([
      { outTimeMs: 0, frame: 10, speed: 0 },
      { outTimeMs: 1500, frame: 20, speed: 1.5 },
    ])
    expect(reader.totalBytes).toBe(99)
  })
})

describe('toFfmpegError', () => {
  it.each([
    ['av_interleaved_write_frame(): No space left on device', 'DISK_FULL'],
    ['[hls @ 0x1] Format not on whitelist', 'MEDIA_FORMAT_NOT_ALLOWED'],
    ['[mov @ 0x1] moov atom not found\nx: Invalid data found when processing input', 'MEDIA_TRUNCATED'],
    ['x: Invalid data found when processing input', 'MEDIA_INVALID'],
    ['Decoder (codec evc) not found for input stream', 'CODEC_UNSUPPORTED'],
    ['Conversion failed!', 'FFMPEG_FAILED'],
  ])('%j → %s', (stderrTail, code) => {
    expect(toFfmpegError({ code: 1, signal: null, stderrTail })).toMatchObject({ code })
  })

  it('names the folder of a full disk', () => {
    const full = toFfmpegError({ code: 1, signal: null, stderrTail: 'No space left on device' }, 'Videos/Out')
    expect(full.data?.['where']).toBe('Videos/Out')
  })

  it('tells how it ended when it said nothing', () => {
    const detailOf = (code: number | null, signal: NodeJS.Signals | null): unknown =>
      toFfmpegError({ code, signal, stderrTail: '\n' }).data?.['detail']
    expect(detailOf(null, 'SIGKILL')).toBe('SIGKILL')
    expect(detailOf(255, null)).toBe('exit 255')
    expect(toFfmpegError({ code: null, signal: 'SIGKILL', stderrTail: '' })).toMatchObject({ retryable: true })
  })
})
