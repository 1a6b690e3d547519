import type { Clock, Timer } from './clock.ts'

export interface FakeClock extends Clock {
  /** Moves both clocks forward and fires what is due, in order of its time. */
  advance(durationMs: number): void
  /** Moves only the wall clock, as an operator or NTP does. */
  jumpWall(durationMs: number): void
  /** Timers not yet fired or cancelled: a test ends with 0. */
  readonly pendingTimers: number
}

interface Pending {
  readonly dueAt: number
  readonly fn: () => void
}

/** A clock that moves only when a test says so. */
export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  let wall = startMs
  let mono = 0
  const pending = new Set<Pending>()

  const nextDue = (until: number): Pending | undefined => {
    let first: Pending | undefined
    for (const item of pending) {
      if (item.dueAt <= until && (first === undefined || item.dueAt < first.dueAt)) first = item
    }
    return first
  }

  return {
    now: () => wall,
    monotonic: () => mono,
    setTimer(fn: () => void, delayMs: number): Timer {
      const item: Pending = { dueAt: mono + Math.max(0, delayMs), fn }
      pending.add(item)
      return { cancel: () => void pending.delete(item) }
    },
    advance(durationMs: number): void {
      const end = mono + durationMs
      for (let item = nextDue(end); item !== undefined; item = nextDue(end)) {
        pending.delete(item)
        wall += item.dueAt - mono
        mono = item.dueAt
        item.fn()
      }
      wall += end - mono
      mono = end
    },
    jumpWall(durationMs: number): void {
      wall += durationMs
    },
    get pendingTimers() {
      return pending.size
    },
  }
}
