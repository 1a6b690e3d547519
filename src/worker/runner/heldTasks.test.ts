import { describe, expect, it } from 'vitest'
import { MAX_WORKER_SLOTS } from '../../protocol/dsp/index.ts'
import { heldTasks } from './heldTasks.ts'
import type { Outcome, SpooledResult } from './journal.ts'
import type { RunningTask } from './Runner.ts'

const refOf = (name: string) => ({ task_id: `t_${name}`, epoch: 1, token: '2'.repeat(32) })
const run = (name: string, isRemoval = false): RunningTask => ({
  ...{ ...refOf(name), isRemoval, movedBytes: 7 },
  progress: { stage: 'inputs', percent: null, frame: null, totalFrames: null },
})
const owed = (name: string, outcome: Outcome): SpooledResult => ({
  ...{ ref: refOf(name), outcome, capability: 'c', uploadPath: '/u', uploadUrl: null, isUploaded: false },
})

describe('what a worker says that it holds', () => {
  it('is its runs, with what they moved, and what it owes', () => {
    const held = heldTasks({ running: [run('a')] }, { spooled: () => [owed('b', { kind: 'cancelled' })] })
    expect(held).toEqual([
      { ...refOf('a'), stage: 'inputs', progress: null, moved_bytes: 7 },
      { ...refOf('b'), stage: 'upload', progress: null },
    ])
  })

  it('leaves out removals where one frame cannot name all: a result that is not named would be made again', () => {
    const results = Array.from({ length: MAX_WORKER_SLOTS - 1 }, (_, index) =>
      owed(`result-${String(index)}`, { kind: 'failed', code: 'TIMEOUT', message: '', retryable: true }),
    )
    const journal = { spooled: () => [owed('removed', { kind: 'removed' }), ...results] }
    const held = heldTasks({ running: [run('removal', true), run('video')] }, journal)
    expect(held.map(({ task_id }) => task_id)).toEqual(['t_video', ...results.map(({ ref }) => ref.task_id)])
  })
})
