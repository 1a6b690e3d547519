import { describe, expect, it } from 'vitest'
import { failureClass } from './failureClasses.ts'

describe('failureClass', () => {
  it.each([
    ['RATE_LIMITED', 'uncounted'],
    ['GPU_OOM', 'once'],
    ['WORKER_LOST', 'handed_back'],
    ['TIMEOUT', 'again'],
    ['INPUT_FETCH_FAILED', 'again'],
    ['DISK_FULL', 'again'],
    ['INPUT_MISSING', 'never'],
    ['INPUT_CORRUPT', 'never'],
    ['MEDIA_INVALID', 'never'],
    ['CODEC_UNSUPPORTED', 'never'],
    ['OPTION_UNSUPPORTED', 'never'],
    ['AUTH_INVALID', 'never'],
  ])('takes %s as %s, whatever the worker says', (code, kind) => {
    expect([failureClass(code, true), failureClass(code, false)]).toEqual([kind, kind])
  })

  it.each(['ENGINE_FAILED', 'FFMPEG_FAILED', 'INTERNAL', 'a_code_of_a_newer_worker', 'constructor'])(
    'believes the worker about %s',
    (code) => {
      expect([failureClass(code, true), failureClass(code, false)]).toEqual(['again', 'never'])
    },
  )
})
