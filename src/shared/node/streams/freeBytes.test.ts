import { describe, expect, it } from 'vitest'
import { freeBytes } from './freeBytes.ts'

describe('freeBytes', () => {
  it('takes the bytes of a chunk that has its memory to itself', () => {
    const chunk = Buffer.alloc(64 * 1024, 1)
    freeBytes(chunk)
    expect({ bytes: chunk.byteLength, isDetached: chunk.buffer.detached }).toEqual({ bytes: 0, isDetached: true })
  })

  it('leaves a chunk that is a part of something else, shared memory, and what is freed already', () => {
    const whole = Buffer.alloc(64 * 1024, 7)
    const part = whole.subarray(1)
    freeBytes(part)
    const pooled = Buffer.from('from the pool of Node')
    freeBytes(pooled)
    const shared = new Uint8Array(new SharedArrayBuffer(64 * 1024))
    freeBytes(shared)
    const freed = Buffer.alloc(64 * 1024)
    freeBytes(freed)
    freeBytes(freed)
    expect([part[0], pooled.toString(), shared.byteLength, freed.byteLength]).toEqual([
      7,
      'from the pool of Node',
      64 * 1024,
      0,
    ])
  })
})
