import { describe, expect, it } from 'vitest'
import { Lives } from './lives.ts'

const WORKER = 'w_1'
const at = (nowMs: number) => ({ nowMs, absenceMs: 60_000 })

describe('Lives', () => {
  it('keeps a replaced process out while the newer one is there, and a while after it left', () => {
    const lives = new Lives()
    lives.join(WORKER, 'older', undefined)
    lives.join(WORKER, 'newer', 'older')
    expect(lives.isTwin(WORKER, 'older', 'newer', at(0))).toBe(true)
    expect(lives.isTwin(WORKER, 'newer', 'newer', at(0))).toBe(false)
    lives.leave(WORKER, 'newer', 1_000, null)
    expect([61_000, 61_001].map((nowMs) => lives.isTwin(WORKER, 'older', undefined, at(nowMs)))).toEqual([true, false])
    lives.join(WORKER, 'older', undefined)
    expect(lives.isTwin(WORKER, 'older', 'older', at(62_000))).toBe(false)
  })

  it('has nothing against a process that reconnects, or that was started again', () => {
    const lives = new Lives()
    lives.join(WORKER, 'one', undefined)
    lives.join(WORKER, 'one', 'one')
    lives.join(WORKER, 'two', 'one')
    lives.join(WORKER, 'two', 'two')
    expect(lives.isTwin(WORKER, 'two', undefined, at(0))).toBe(false)
    expect(lives.isTwin(WORKER, 'three', 'two', at(0))).toBe(false)
  })

  it('remembers what was doubted of the same process only', () => {
    const lives = new Lives()
    lives.join(WORKER, 'one', undefined)
    lives.leave(WORKER, 'one', 0, 'cancel_ignored')
    expect(lives.join(WORKER, 'one', undefined)).toBe('cancel_ignored')
    lives.leave(WORKER, 'one', 0, 'cancel_ignored')
    expect(lives.join(WORKER, 'two', undefined)).toBeNull()
  })

  it('is asked to forget', () => {
    const lives = new Lives()
    lives.join(WORKER, 'newer', 'older')
    lives.forget(WORKER)
    expect(lives.isTwin(WORKER, 'older', 'newer', at(0))).toBe(false)
  })
})
