import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchStall } from './stall.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('ends a run whose count of pictures stands still, and names the avatar', () => {
  const watch = watchStall(1_000)
  vi.advanceTimersByTime(900)
  watch.saw(1)
  vi.advanceTimersByTime(900)
  watch.saw(1)
  expect(watch.signal.aborted).toBe(false)
  vi.advanceTimersByTime(100)
  expect(watch.signal.reason).toMatchObject({ code: 'MEDIA_INVALID', retryable: false, data: { role: 'video' } })
})

it('leaves nothing behind when it is stopped', () => {
  const watch = watchStall(1_000)
  watch.stop()
  expect(vi.getTimerCount()).toBe(0)
  expect(watch.signal.aborted).toBe(false)
})
