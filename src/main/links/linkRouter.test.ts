import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLinkRouter } from './index.ts'

const RECORD = `r_${'0'.repeat(32)}`
const CONNECT = 'dhstudio://connect?gateway=https://gpu.example.com'

function setUp(wantsToConnect = false) {
  const clock = createFakeClock()
  const shown: (string | undefined)[] = []
  const asked: string[] = []
  const logged: string[] = []
  const router = createLinkRouter({
    show: async (place) => void shown.push(place),
    askToConnect: async (host) => {
      asked.push(host)
      return wantsToConnect
    },
    clock,
    log: (event) => void logged.push(event),
  })
  return { router, clock, shown, asked, logged }
}

describe('link router', () => {
  let set: ReturnType<typeof setUp>
  beforeEach(() => {
    set = setUp()
    set.router.begin()
  })

  it('opens a task where the page shows it', async () => {
    set.router.follow(`dhstudio://task/${RECORD}`)
    await vi.waitFor(() => expect(set.shown).toEqual([`/tasks?record=${RECORD}`]))
  })

  it('B119 asks before it leads to a gateway, and stays when the person says no', async () => {
    set.router.follow(CONNECT)
    await vi.waitFor(() => expect(set.asked).toEqual(['gpu.example.com']))
    await vi.waitFor(() => expect(set.clock.pendingTimers).toBe(1))
    expect(set.shown).toEqual([undefined])
  })

  it('B119 leads to the settings with the address filled in when the person says yes; it never connects', async () => {
    const yes = setUp(true)
    yes.router.begin()
    yes.router.follow(CONNECT)
    await vi.waitFor(() => expect(yes.shown).toEqual([undefined, '/?connect=https%3A%2F%2Fgpu.example.com']))
  })

  it('B123 of a hundred links a second, one dialog', async () => {
    for (let count = 0; count < 100; count += 1) set.router.follow(CONNECT)
    await vi.waitFor(() => expect(set.clock.pendingTimers).toBe(1))
    expect([set.asked.length, set.logged.filter((event) => event === 'link.dropped').length]).toEqual([1, 99])
    set.clock.advance(1_000)
    set.router.follow(CONNECT)
    await vi.waitFor(() => expect(set.asked).toHaveLength(2))
  })

  it('B124 keeps one link until the window can be shown, and follows it once', async () => {
    const early = setUp()
    early.router.follow('dhstudio://open')
    early.router.follow(`dhstudio://task/${RECORD}`)
    expect(early.shown).toEqual([])
    early.router.begin()
    await vi.waitFor(() => expect(early.shown).toEqual([`/tasks?record=${RECORD}`]))
    early.clock.advance(1_000)
    early.router.begin()
    expect(early.shown).toHaveLength(1)
  })

  it('says that a link was not understood, without repeating it', () => {
    set.router.follow('dhstudio://open?file=/etc/passwd')
    expect([set.logged, set.shown]).toEqual([['link.refused'], []])
  })
})
