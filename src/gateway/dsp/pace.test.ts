import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Pace } from './pace.ts'

it('does a few things at once, the others in later turns, and all of them in order', async () => {
  const pace = new Pace(3)
  const done: number[] = []
  for (let number = 0; number < 8; number++) pace.run(() => done.push(number))
  const after = [done.length]
  while (done.length < 8) {
    await nextTurn()
    after.push(done.length)
  }
  expect([after, done]).toEqual([
    [3, 6, 8],
    [0, 1, 2, 3, 4, 5, 6, 7],
  ])
  await nextTurn()
  pace.run(() => done.push(8))
  expect(done).toHaveLength(9)
})
