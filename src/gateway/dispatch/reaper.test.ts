import { describe, expect, it, vi } from 'vitest'
import { AppError, createFakeClock } from '../../shared/index.ts'
import type { FakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { startOne, submit } from '../queue/contract/fixture.ts'
import { openTestQueue } from '../queue/contract/openTestQueue.ts'
import { startReaper } from './reaper.ts'
import type { Reaper } from './reaper.ts'

const log = createLogger({ name: 'reaper-test', destination: 'stderr', level: 'silent' })

interface Work {
  readonly reap?: () => Promise<number>
  /** What giving grace comes to, from the first time on. */
  readonly grantGrace?: (times: number) => void
}

function scene(
  { reap, grantGrace }: Work = {},
  clock: FakeClock = createFakeClock(),
): {
  readonly clock: FakeClock
  readonly told: string[]
  readonly reaper: Reaper
} {
  const told: string[] = []
  let graces = 0
  const queue = {
    grantGrace: async (graceMs: number) => {
      told.push(`grace ${String(graceMs)}`)
      graces += 1
      grantGrace?.(graces)
    },
    reap: async () => {
      told.push('reap')
      return reap?.() ?? 0
    },
  }
  const timings = { everyMs: 1_000, pauseGapMs: 30_000, graceMs: 60_000 }
  const reaper = startReaper({ queue, clock, log, ...timings, onRound: () => void told.push('round') })
  return { clock, told, reaper }
}

/** A clock of a process that can stand still: time passes, and no timer runs. */
function standingClock(): { readonly clock: FakeClock; readonly standStill: (ms: number) => void } {
  const fake = createFakeClock()
  let awayMs = 0
  return {
    clock: { ...fake, monotonic: () => fake.monotonic() + awayMs },
    standStill: (ms) => {
      awayMs += ms
    },
  }
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
    const { clock: standing, standStill } = standingClock()
    const { clock, told, reaper } = scene({}, standing)
    // A process that stands still does not see its timers pass: only the monotonic clock tells.
    standStill(45_000)
    clock.advance(1_000)
    await vi.waitFor(() => {
      expect(told).toEqual(['grace 60000', 'reap', 'round'])
    })
    await reaper.stop()
  })

  it('gives grace again when the process stands still while it does', async () => {
    const { clock: standing, standStill } = standingClock()
    const grantGrace = (times: number): void => {
      if (times === 1) standStill(3_600_000)
    }
    const { clock, told, reaper } = scene({ grantGrace }, standing)
    standStill(45_000)
    clock.advance(1_000)
    await vi.waitFor(() => {
      expect(told).toEqual(['grace 60000', 'grace 60000', 'reap', 'round'])
    })
    await reaper.stop()
  })

  it('goes on after a round that failed', async () => {
    let calls = 0
    const reap = async (): Promise<number> => {
      calls += 1
      if (calls === 1) throw new Error('busy')
      return 0
    }
    const { clock, told, reaper } = scene({ reap })
    for (let rounds = 1; rounds <= 2; rounds++) {
      clock.advance(1_000)
      await vi.waitFor(() => {
        expect(told.filter((one) => one === 'round').length).toBe(rounds)
      })
    }
    await reaper.stop()
    expect(calls).toBe(2)
  })

  it('does not reap in a round whose grace could not be given, and gives it in the next', async () => {
    const { clock: standing, standStill } = standingClock()
    const grantGrace = (times: number): void => {
      if (times === 1) throw new AppError('DISK_FULL')
    }
    const { clock, told, reaper } = scene({ grantGrace }, standing)
    standStill(45_000)
    for (const after of [
      ['grace 60000', 'round'],
      ['grace 60000', 'round', 'grace 60000', 'reap', 'round'],
    ]) {
      clock.advance(1_000)
      await vi.waitFor(() => {
        expect(told).toEqual(after)
      })
    }
    await reaper.stop()
  })

  it('takes no run away because nothing could be written for longer than a lease', async () => {
    const { queue, clock, timings, close } = await openTestQueue()
    await submit(queue, 'request-1')
    const ref = await startOne(queue)
    let isFull = true
    let rounds = 0
    const write = async <T>(work: () => Promise<T>): Promise<T> => {
      if (isFull) throw new AppError('DISK_FULL')
      return work()
    }
    const reaper = startReaper({
      queue: {
        reap: () => write(() => queue.reap()),
        grantGrace: (graceMs) => write(() => queue.grantGrace(graceMs)),
      },
      ...{ clock, log, everyMs: 5_000, pauseGapMs: 30_000, graceMs: timings.startGraceMs },
      onRound: () => {
        rounds += 1
      },
    })
    const next = async (): Promise<void> => {
      const before = rounds
      clock.advance(5_000)
      await vi.waitFor(() => {
        expect(rounds).toBe(before + 1)
      })
    }
    for (let waitedMs = 0; waitedMs <= timings.leaseMs; waitedMs += 5_000) await next()
    isFull = false
    await next()
    expect(await queue.find(ref.task_id)).toMatchObject({ state: 'running', stalls: 0 })
    // Its worker has this long to say that it lives; then it is taken for lost all the same.
    for (let waitedMs = 0; waitedMs < timings.startGraceMs; waitedMs += 5_000) await next()
    expect(await queue.find(ref.task_id)).toMatchObject({ state: 'queued', stalls: 1 })
    await reaper.stop()
    await close()
  })
})
