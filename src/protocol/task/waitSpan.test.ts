import { expect, it } from 'vitest'
import { waitedSpan, waitSpan } from './waitSpan.ts'

it('goes from the likely to what nine in ten keep', () => {
  expect(waitSpan(150, 230)).toEqual({ unit: 'minute', low: 3, high: 4 })
  expect(waitSpan(110, 115)).toEqual({ unit: 'minute', low: 2, high: 2 })
  expect(waitSpan(10, 50)).toEqual({ unit: 'minute', low: 1, high: 1 })
})

it('is rounded up where no range is known', () => {
  expect(waitSpan(110, null)).toEqual({ unit: 'minute', low: 2, high: 2 })
  expect(waitSpan(61, null)).toEqual({ unit: 'minute', low: 2, high: 2 })
})

it('tells no number for less than a minute, and a minute for nearly one', () => {
  expect([waitSpan(20, 44), waitSpan(0, null)]).toEqual([null, null])
  expect(waitSpan(45, null)).toEqual({ unit: 'minute', low: 1, high: 1 })
})

it('goes on in hours where minutes say nothing any more', () => {
  expect(waitSpan(90 * 60, 120 * 60)).toEqual({ unit: 'minute', low: 90, high: 120 })
  expect(waitSpan(150 * 60, 5 * 3_600)).toEqual({ unit: 'hour', low: 3, high: 5 })
  expect(waitSpan(91 * 60, 91 * 60)).toEqual({ unit: 'hour', low: 2, high: 2 })
})

it('tells a wait that is over to the nearest minute, from two hours on in whole ones', () => {
  expect(waitedSpan(113)).toEqual({ unit: 'minute', count: 2 })
  expect(waitedSpan(119.6 * 60)).toEqual({ unit: 'minute', count: 120 })
  expect(waitedSpan(179 * 60)).toEqual({ unit: 'hour', count: 2 })
})
