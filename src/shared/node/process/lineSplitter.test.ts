import { describe, expect, it } from 'vitest'
import { createLineSplitter, createTail } from './lineSplitter.ts'

function split(chunks: readonly (string | Uint8Array)[]): string[] {
  const lines: string[] = []
  const splitter = createLineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  splitter.end()
  return lines
}

describe('createLineSplitter', () => {
  it('splits at every kind of line end, also across chunks', () => {
    expect(split(['a\nb\r\nc\rd', 'e\r', '\nf\r', 'g'])).toEqual(['a', 'b', 'c', 'de', 'f', 'g'])
  })

  it('keeps characters whole that arrive in two chunks', () => {
    const bytes = Buffer.from('数字人\n')
    expect(split([bytes.subarray(0, 4), bytes.subarray(4)])).toEqual(['数字人'])
  })

  it('hands over a line that never ends in pieces', () => {
    const lines = split(Array.from({ length: 200 }, () => 'x'.repeat(1000)))
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.join('')).toHaveLength(200_000)
  })
})

describe('createTail', () => {
  it('keeps the last bytes', () => {
    const tail = createTail(4)
    tail.push(Buffer.from('abc'))
    tail.push(Buffer.from('defg'))
    expect(tail.text()).toBe('defg')
  })
})
