import { describe, expect, it } from 'vitest'
import { attachment, mediaHeaders } from './mediaHeaders.ts'
import { contentTypeOf, contentTypeOfProbe } from './mediaTypes.ts'
import { planRange } from './planRange.ts'

const FULL = { kind: 'full' }
const REFUSED = { kind: 'unsatisfiable' }
const part = (start: number, end: number) => ({ kind: 'partial', start, end })

describe('planRange over 1,000 bytes', () => {
  it.each([
    [null, FULL],
    ['bytes=0-', part(0, 999)],
    ['bytes=0-0', part(0, 0)],
    ['bytes=10-19', part(10, 19)],
    ['bytes=990-2000', part(990, 999)],
    ['bytes=-1', part(999, 999)],
    ['bytes=-5000', part(0, 999)],
    ['BYTES=1-2', part(1, 2)],
    ['bytes=999-99999999999999999999999', part(999, 999)],
    ['bytes=-0', REFUSED],
    ['bytes=1000-', REFUSED],
    ['bytes=5-2', REFUSED],
    ['bytes=-', REFUSED],
    ['bytes=', REFUSED],
    ['bytes=a-b', REFUSED],
    ['bytes=0-1,3-4', REFUSED],
    [`bytes=${'0-,'.repeat(1000)}`, REFUSED],
    ['bytes=99999999999999999999999-', REFUSED],
    ['items=0-5', FULL],
  ])('%j', (header, expected) => {
    expect(planRange(header, 1000)).toEqual(expected)
  })

  it('has no satisfiable part of an empty file', () => {
    expect([planRange(null, 0), planRange('bytes=0-', 0), planRange('bytes=-5', 0)]).toEqual([FULL, REFUSED, REFUSED])
  })
})

describe('mediaHeaders', () => {
  it('answers a part of a video', () => {
    const answer = mediaHeaders({
      plan: { kind: 'partial', start: 2, end: 5 },
      sizeBytes: 10,
      contentType: 'video/mp4',
      etag: 'e',
    })
    expect(answer).toEqual({
      status: 206,
      headers: {
        'accept-ranges': 'bytes',
        'cache-control': 'private, no-cache',
        'content-length': '4',
        'content-range': 'bytes 2-5/10',
        'content-type': 'video/mp4',
        etag: '"e"',
        'x-content-type-options': 'nosniff',
      },
    })
  })

  it.each(['text/html', 'image/svg+xml', 'application/javascript'])('makes %s harmless', (contentType) => {
    const { headers } = mediaHeaders({ plan: { kind: 'full' }, sizeBytes: 10, contentType })
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
  })

  it('writes names that cannot break out of the header', () => {
    expect(attachment('a"b\r\nSet-Cookie: x 数.mp4')).toBe(
      `attachment; filename="a_b__Set-Cookie: x _.mp4"; filename*=UTF-8''a%22b%0D%0ASet-Cookie%3A%20x%20%E6%95%B0.mp4`,
    )
  })
})

describe('content types', () => {
  it('knows media by extension and by probe', () => {
    expect([contentTypeOf('.MP4'), contentTypeOf('.html')]).toEqual(['video/mp4', 'application/octet-stream'])
    expect(contentTypeOfProbe({ container: 'mp4' })).toBe('audio/mp4')
    expect(contentTypeOfProbe({ container: 'mp4', video: {} })).toBe('video/mp4')
  })
})
