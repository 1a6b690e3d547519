import { expect, it } from 'vitest'
import { createRandom } from './random.ts'

it('gives the same sequence for the same seed, and forks that draws elsewhere do not move', () => {
  const draw = (seed: string): string => {
    const random = createRandom(seed)
    return [random.between(0, 9), random.hex(4), random.pick(['a', 'b', 'c']), random.chance(0.5)].join(' ')
  }
  expect(draw('one')).toBe(draw('one'))
  expect(draw('one')).not.toBe(draw('two'))
  const random = createRandom('one')
  const before = random.fork('part').hex(4)
  random.next()
  expect(random.fork('part').hex(4)).toBe(before)
})

it('stays in its bounds and reaches both ends', () => {
  const random = createRandom('bounds')
  const drawn = new Set(Array.from({ length: 500 }, () => random.between(3, 6)))
  expect([...drawn].sort()).toEqual([3, 4, 5, 6])
})
