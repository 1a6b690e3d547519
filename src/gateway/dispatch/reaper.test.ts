import { describe, expect, it, vi } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import type { FakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { startReaper } from './reaper.ts'
import type { Reaper } from './reaper.ts'

const log = createLogger({ name: 'reaper-test', destination: 'stderr', level: 'silent' })

function scene(
  reap: () => Promise<number> = async () => 0,
  clock: FakeClock = createFakeClock(),
): {
  readonly clock: FakeClock
  readonly told: string[]
  readonly reaper: Reaper
} {
  const told: string[] = []
  const queue = {
    grantGrace: async (graceMs: number) => void told.push(`grace ${String(graceMs)}`),
    reap: async () => {
      told.push('reap')
      return reap()
    },
  }
  const timings = { everyMs: 1_000, pauseGapMs: 30_000, graceMs: 60_000 }
  const reaper = startReaper({ queue, clock, log, ...timings, onRound: () => void told.push('round') })
  return { clock, told, reaper }
}

describe('reaper', () => {
  it('reaps at its pace and stops for good', async () => {
    const { clock, told, reaper } = scene()
    for (let rounds = 1; rounds <= 3; rounds++) {
      clock.advance(1_000)
      await vi.waitFor(() => {
        expect(told.length).toBe(2 * rounds)
      })
    }
    await reaper.stop()
    expect([told, clock.pendingTimers]).toEqual([['reap', 'round', 'reap', 'round', 'reap', 'round'], 0])
  })

  it('gives leases grace before it reaps when the process stood still', async () => {
    let awayMs = 0
    const fake = createFakeClock()
    const { clock, told, reaper } = scene(async () => 0, { ...fake, monotonic: () => fake.monotonic() + awayMs })
    // A process that stands still does not see its timers pass: only the monotonic clock tells.
    awayMs = 45_000
    clock.advance(1_000)
    await vi.waitFor(() => {
      expect(told).toEqual(['grace 60000', 'reap', 'round'])
    })
    await reaper.stop()
  })

  it('gives grace again when the process stands still while it does', async () => {
    let awayMs = 0
    const fake = createFakeClock()
    const clock = { ...fake, monotonic: () => fake.monotonic() + awayMs }
    const told: string[] = []
    const queue = {
      grantGrace: async () => {
        told.push('grace')
        if (told.length === 1) awayMs += 3_600_000
      },
      reap: async () => {
        told.push('reap')
        return 0
      },
    }
    const timings = { everyMs: 1_000, pauseGapMs: 30_000, graceMs: 60_000 }
    const reaper = startReaper({ queue, clock, log, ...timings, onRound: () => void told.push('round') })
    awayMs = 45_000
    clock.advance(1_000)
    await vi.waitFor(() => {
      expect(told).toEqual(['grace', 'grace', 'reap', 'round'])
    })
    await reaper.stop()
  })

  it('goes on after a round that failed', async () => {
    let calls = 0
    const { clock, told, reaper } = scene(async () => {
      calls += 1
      if (calls === 1) throw new Error('busy')
      return 0
    })
    for (let rounds = 1; rounds <= 2; rounds++) {
      clock.advance(1_000)
      await vi.waitFor(() => {
        expect(told.filter((one) => one === 'round').length).toBe(rounds)
      })
    }
    await reaper.stop()
    expect(calls).toBe(2)
  })
})
