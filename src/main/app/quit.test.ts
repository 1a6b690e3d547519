import { expect, describe, it, vi } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createQuit, QUIT_DEADLINE_MS } from './quit.ts'

function setUp(stop: () => Promise<undefined>) {
  const clock = createFakeClock()
  const events: string[] = []
  const quit = createQuit({
    stop: async () => {
      events.push('stop')
      await stop()
    },
    exit: () => void events.push('exit'),
    clock,
    log: (event) => void events.push(event),
  })
  const ask = (): boolean => {
    let isPrevented = false
    quit({
      preventDefault: () => {
        isPrevented = true
      },
    })
    return isPrevented
  }
  return { clock, events, ask }
}

describe('quit', () => {
  it('stops once, however often it is asked, and exits after', async () => {
    const stopped = Promise.withResolvers<undefined>()
    const { clock, events, ask } = setUp(() => stopped.promise)
    expect([ask(), ask(), ask()]).toEqual([true, true, true])
    expect(events).toEqual(['stop'])
    stopped.resolve(undefined)
    await vi.waitFor(() => expect(events).toEqual(['stop', 'exit']))
    expect(clock.pendingTimers).toBe(0)
  })

  it('exits within ten seconds whatever hangs, and once', async () => {
    const hanging = Promise.withResolvers<undefined>()
    const { clock, events, ask } = setUp(() => hanging.promise)
    ask()
    expect(QUIT_DEADLINE_MS).toBeLessThan(10_000)
    clock.advance(QUIT_DEADLINE_MS)
    expect(events).toEqual(['stop', 'quit.late', 'exit'])
    hanging.resolve(undefined)
    await hanging.promise
    expect(events).toEqual(['stop', 'quit.late', 'exit'])
  })

  it('exits when stopping fails, and says so', async () => {
    const { events, ask } = setUp(() => Promise.reject(new Error('no')))
    ask()
    await vi.waitFor(() => expect(events).toEqual(['stop', 'quit.failed', 'exit']))
  })
})
