import { describe, expect, it } from 'vitest'
import { AppError } from '../../index.ts'
import { scrubText, scrubValue } from './scrub.ts'

const JWT = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'

describe('scrubText', () => {
  it.each([
    ['Authorization: Bearer abc.def-123', 'Authorization: Bearer [hidden]'],
    ['key lk_a1B2c3 used', 'key [hidden] used'],
    [`admin ad_${'0a'.repeat(32)} used`, 'admin [hidden] used'],
    ['the file ad_2.mp4', 'the file ad_2.mp4'],
    [`got ${JWT}`, 'got [hidden]'],
    ['ws://h/dsp?token=abc&x=1', 'ws://h/dsp?token=[hidden]&x=1'],
    ['{"worker_secret":"abc"}', '{"worker_secret":"[hidden]"}'],
    ['secret = abc', 'secret = [hidden]'],
    ['/home/li/videos/a.mp4', '~/videos/a.mp4'],
    ['nothing to hide: tokens are fine', 'nothing to hide: tokens are fine'],
  ])('%s', (text, expected) => {
    expect(scrubText(text, '/home/li')).toBe(expected)
  })
})

describe('scrubValue', () => {
  it('hides fields by name, looks into structures and errors, and drops bytes', () => {
    const cause = new Error('token=abc')
    const value = scrubValue({
      authorization: 'x',
      workerSecret: 'x',
      nested: [{ url: 'http://h/?token=abc' }],
      bytes: new Uint8Array(3),
      error: new AppError('DISK_FULL', { message: 'lk_abc', cause }),
    })
    expect(value).toMatchObject({
      authorization: '[hidden]',
      workerSecret: '[hidden]',
      nested: [{ url: 'http://h/?token=[hidden]' }],
      bytes: '[3 bytes]',
      error: { code: 'DISK_FULL', message: '[hidden]', cause: { message: 'token=[hidden]' } },
    })
  })

  it('survives a value that contains itself', () => {
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    expect(JSON.stringify(scrubValue(loop))).toContain('[deep]')
  })
})
