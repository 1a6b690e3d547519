import { ORPCError } from '@orpc/client'
import { describe, expect, it } from 'vitest'
import { AppError, createFakeClock } from '../../shared/index.ts'
import { DoorRefused } from './door.ts'
import type { Carrier, Door } from './door.ts'
import { createStudioLink, LINK_LOST } from './studioLink.ts'
import type { LinkState } from './studioLink.ts'

type Call = Carrier['link']['call']

/** A door whose attempts to open end as the test says. */
function scriptedDoor() {
  const attempts: { succeed(call: Call): { lose(): void; refuse(): void }; fail(error: Error): void }[] = []
  const door: Pick<Door, 'kind' | 'open' | 'addFile'> = {
    kind: 'web',
    open() {
      const opened = Promise.withResolvers<Carrier>()
      attempts.push({
        succeed(call) {
          const closed = Promise.withResolvers<'lost' | 'refused'>()
          opened.resolve({ link: { call }, closed: closed.promise, close: () => closed.resolve('lost') })
          return { lose: () => closed.resolve('lost'), refuse: () => closed.resolve('refused') }
        },
        fail: (error) => opened.reject(error),
      })
      return opened.promise
    },
    addFile: () => Promise.reject(new Error('not used here')),
  }
  return { door, attempts }
}

function setUp() {
  const clock = createFakeClock()
  const { door, attempts } = scriptedDoor()
  const link = createStudioLink({ door, clock, random: () => 1 })
  const states: LinkState[] = [link.state]
  link.changed.on((state) => states.push(state))
  const call = (path: string): Promise<unknown> => link.call([path], undefined, { context: {} })
  return { clock, attempts, link, states, call }
}

describe('studio link', () => {
  it('lets requests wait for the first connection', async () => {
    const { attempts, link, call, states } = setUp()
    const answer = call('info')
    attempts[0]?.succeed(async ([path]) => `${path ?? ''} answered`)
    expect(await answer).toBe('info answered')
    expect(states).toEqual(['connecting', 'open'])
    link.stop()
  })

  it('rejects what was under way when it broke, and connects again by itself', async () => {
    const { attempts, link, call, states, clock } = setUp()
    const broken = Promise.withResolvers<never>()
    const life = attempts[0]?.succeed(() => broken.promise)
    await link.whenOpen()
    const lost = call('compose.create')
    const refusal = expect(lost).rejects.toMatchObject({ code: LINK_LOST })
    life?.lose()
    await expect.poll(() => link.state).toBe('reconnecting')
    broken.reject(new Error('closed'))
    await refusal
    const waiting = call('tasks.list')
    await expect.poll(() => (clock.advance(1_000), attempts.length)).toBe(2)
    attempts[1]?.succeed(async () => 'after')
    expect(await waiting).toBe('after')
    expect(states).toEqual(['connecting', 'open', 'reconnecting', 'open'])
    link.stop()
  })

  it('keeps trying after failures, and stops for good when it is refused', async () => {
    const { attempts, link, states, clock } = setUp()
    attempts[0]?.fail(new Error('no route'))
    await expect.poll(() => (clock.advance(10_000), attempts.length)).toBe(2)
    attempts[1]?.fail(new DoorRefused())
    await expect.poll(() => link.state).toBe('refused')
    clock.advance(60_000)
    expect(attempts).toHaveLength(2)
    expect(states).toEqual(['connecting', 'refused'])
    link.stop()
  })

  it('turns declared failures into the AppError they carry', async () => {
    const { attempts, link, call } = setUp()
    const data = new AppError('NO_AUDIO', { data: { file: 'a.wav' } }).toJSON()
    attempts[0]?.succeed(([path]) =>
      Promise.reject(path === 'known' ? new ORPCError('FAILED', { data }) : new ORPCError('INTERNAL_SERVER_ERROR')),
    )
    await expect(call('known')).rejects.toMatchObject({ code: 'NO_AUDIO', data: { file: 'a.wav' } })
    await expect(call('unknown')).rejects.toMatchObject({ code: 'INTERNAL' })
    link.stop()
  })
})
