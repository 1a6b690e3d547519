import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeFileName, splitExtension } from './names.ts'

describe('safeFileName', () => {
  it.each([
    ['clip.mp4', 'clip.mp4'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['a\\b:c*d?.mp4', 'a_b_c_d_.mp4'],
    ['CON.mp4', '_CON.mp4'],
    ['lpt1', '_lpt1'],
    ['console.mp4', 'console.mp4'],
    ['name. . .', 'name'],
    ['  padded.mp4  ', 'padded.mp4'],
    ['evil\u202e4pm.exe', 'evil4pm.exe'],
    ['line\nbreak\u0000.wav', 'linebreak.wav'],
    ['-rf.mp4', '-rf.mp4'],
    ['100%d.mp4', '100%d.mp4'],
    ["it's 数字人 🎬.mp4", "it's 数字人 🎬.mp4"],
    ['e\u0301.mp4', '\u00e9.mp4'],
  ])('%j → %j', (name, expected) => {
    expect(safeFileName(name)).toBe(expected)
  })

  it.each(['', '...', ' ', '\u202e', '..', '\n'])('refuses %j', (name) => {
    expect(() => safeFileName(name)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }))
  })

  it('keeps the extension and whole characters when it cuts', () => {
    const name = safeFileName(`${'👩‍👩‍👧'.repeat(40)}.mp4`, { maxBytes: 60 })
    expect(name).toBe(`${'👩‍👩‍👧'.repeat(3)}.mp4`)
  })

  it('always gives a name that fits, stays in its folder and is stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (raw) => {
        const name = safeFileName(`x${raw}.mp4`)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
        expect(name).not.toMatch(/[/\\\0]/)
        expect(safeFileName(name)).toBe(name)
      }),
      { seed: 20260, numRuns: 500 },
    )
  })
})

describe('splitExtension', () => {
  it.each([
    ['a.tar.gz', ['a.tar', '.gz']],
    ['.bashrc', ['.bashrc', '']],
    ['none', ['none', '']],
    ['sentence. that goes on and on', ['sentence. that goes on and on', '']],
  ])('%s', (name, expected) => {
    expect(splitExtension(name)).toEqual(expected)
  })
})
