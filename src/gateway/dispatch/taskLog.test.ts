import { describe, expect, it } from 'vitest'
import { storedTask } from '../testing/storedTask.ts'
import { describeStep } from './taskLog.ts'

describe('describeStep', () => {
  it('tells why a task went back to the queue', () => {
    const queued = storedTask({ state: 'queued' })
    const why = [
      describeStep(undefined, queued),
      describeStep({ state: 'leased', epoch: 1, stalls: 0 }, queued),
      describeStep({ state: 'running', epoch: 1, stalls: 0 }, queued),
      describeStep({ state: 'running', epoch: 1, stalls: 0 }, { ...queued, stalls: 1 }),
    ]
    expect(why).toEqual([
      'task submitted',
      'task put back: it was not accepted',
      'task put back: its run failed and may be tried again',
      'task put back: its worker vanished',
    ])
  })

  it('tells a late result from one in time', () => {
    const done = storedTask({ state: 'succeeded' })
    expect(describeStep({ state: 'running', epoch: 1, stalls: 0 }, done)).toBe('task done')
    expect(describeStep({ state: 'queued', epoch: 1, stalls: 1 }, done)).toContain('late result')
  })
})
