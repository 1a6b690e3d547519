import { expect, it } from 'vitest'
import { createTurns } from './slots.ts'

const { signal } = new AbortController()

it('lets one holder of a key in after the other, and holders of others at once', async () => {
  const turns = createTurns()
  const order: string[] = []
  const leaveFirst = await turns.acquire('a', signal)
  const second = turns.acquire('a', signal).then((leave) => {
    order.push('second')
    leave()
  })
  const leaveOther = await turns.acquire('b', signal)
  order.push('other')
  leaveFirst()
  leaveFirst()
  await second
  leaveOther()
  expect(order).toEqual(['other', 'second'])
})

it('forgets a key once nobody holds or wants it', async () => {
  const turns = createTurns()
  const giveUp = new AbortController()
  const leave = await turns.acquire('a', signal)
  const waiting = turns.acquire('a', giveUp.signal)
  giveUp.abort(new Error('given up'))
  await expect(waiting).rejects.toThrow('given up')
  expect(turns.size).toBe(1)
  const next = turns.acquire('a', signal)
  leave()
  leave()
  expect(turns.size).toBe(1)
  const leaveNext = await next
  leaveNext()
  expect(turns.size).toBe(0)
  await expect(turns.acquire('a', giveUp.signal)).rejects.toThrow('given up')
  expect(turns.size).toBe(0)
})
