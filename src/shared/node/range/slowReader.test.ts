import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../index.ts'
import type { FakeClock } from '../../index.ts'
import { watchReader } from './slowReader.ts'

const WINDOW_MS = 60_000
const LEAST = 100

let clock: FakeClock
let socket: { bytesWritten: number; writableLength: number }
let givenUp: number
let endWatch: () => void
beforeEach(() => {
  clock = createFakeClock()
  socket = { bytesWritten: 5_000, writableLength: 50 }
  givenUp = 0
  const patience = { clock, everyMs: WINDOW_MS, leastBytes: LEAST, savedWindows: 3 }
  endWatch = watchReader(socket, patience, () => {
    givenUp += 1
  })
})

/** One window in which so many bytes leave, while the same is left waiting. */
function pass(leftBytes: number): void {
  socket.bytesWritten += leftBytes
  clock.advance(WINDOW_MS)
}

describe('the watch of a reader', () => {
  it('gives up once, when less left in a window than should have; what only waits has not left', () => {
    pass(LEAST)
    pass(LEAST)
    expect(givenUp).toBe(0)
    socket.writableLength += 1_000
    pass(1_000 + LEAST - 1)
    expect(givenUp).toBe(1)
    pass(0)
    expect([givenUp, clock.pendingTimers]).toEqual([1, 0])
  })

  it('lets what left faster count for later, up to a limit', () => {
    pass(1_000_000)
    for (let window = 0; window < 3; window++) pass(0)
    expect(givenUp).toBe(0)
    pass(0)
    expect(givenUp).toBe(1)
  })

  it('keeps one that is read at the least rate, however unevenly', () => {
    for (let round = 0; round < 10; round++) for (const leftBytes of [4 * LEAST, 0, 0, 0]) pass(leftBytes)
    expect(givenUp).toBe(0)
  })

  it('does not blame a reader for whom nothing is there', () => {
    socket = Object.assign(socket, { bytesWritten: 4_950, writableLength: 0 })
    for (let window = 0; window < 10; window++) pass(0)
    expect(givenUp).toBe(0)
    socket.bytesWritten += 50
    socket.writableLength = 50
    pass(0)
    expect(givenUp).toBe(1)
  })

  it('ends with the answer, and leaves no timer', () => {
    pass(LEAST)
    endWatch()
    expect(clock.pendingTimers).toBe(0)
  })
})
