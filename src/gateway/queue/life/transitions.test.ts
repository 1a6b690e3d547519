import { describe, expect, it } from 'vitest'
import { isTerminal, TASK_STATES } from '../../../protocol/task/index.ts'
import { next, TASK_EVENTS } from './transitions.ts'

const ALLOWED = [
  'queued -lease-> leased',
  'queued -succeed-> succeeded',
  'queued -cancel-> cancelled',
  'queued -warn-> queued',
  'queued -reorder-> queued',
  'queued -expire-> expired',
  'leased -accept-> running',
  'leased -release-> queued',
  'leased -cancel-> cancelled',
  'running -succeed-> succeeded',
  'running -fail-> failed',
  'running -retry-> queued',
  'running -stall-> queued',
  'running -bury-> dead',
  'running -cancel-> cancelling',
  'cancelling -confirmCancel-> cancelled',
  'cancelling -giveUpCancel-> cancelled',
]

describe('next', () => {
  it('allows exactly these moves out of all pairs of state and event', () => {
    const found = TASK_STATES.flatMap((state) =>
      TASK_EVENTS.flatMap((event) => {
        const target = next(state, event)
        return target === undefined ? [] : [`${state} -${event}-> ${target}`]
      }),
    )
    expect(found.toSorted()).toEqual(ALLOWED.toSorted())
  })

  it('never leaves a terminal state', () => {
    const ways = TASK_STATES.filter(isTerminal).flatMap((state) => TASK_EVENTS.map((event) => next(state, event)))
    expect(new Set(ways)).toEqual(new Set([undefined]))
  })

  it('uses every event somewhere', () => {
    const used = TASK_EVENTS.filter((event) => TASK_STATES.some((state) => next(state, event) !== undefined))
    expect(used).toEqual([...TASK_EVENTS])
  })
})
