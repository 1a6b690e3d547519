import { describe, expect, it } from 'vitest'
import { mergeProgress, ProgressBoard } from './progressBoard.ts'

const NOTHING = { progress: null, frame: null, totalFrames: null }

describe('mergeProgress', () => {
  it('clamps percent and never invents it', () => {
    const tell = (progress: number | null) =>
      mergeProgress(undefined, { ...NOTHING, stage: 'encode', progress }).progress
    expect([150, -1, Number.NaN, null, 42.5].map(tell)).toEqual([100, 0, null, null, 42.5])
  })

  it('keeps the larger number within a stage and counts frames anew in the next', () => {
    const first = mergeProgress(undefined, { stage: 'synthesize', progress: 50, frame: 100, totalFrames: 200 })
    const back = mergeProgress(first, { stage: 'synthesize', progress: 20, frame: 40, totalFrames: null })
    expect(back).toEqual(first)
    const later = mergeProgress(back, { ...NOTHING, stage: 'encode', frame: 3 })
    expect(later).toEqual({ stage: 'encode', progress: 50, frame: 3, totalFrames: null })
    expect(mergeProgress(later, { ...NOTHING, stage: 'prepare', progress: 99 })).toBe(later)
  })
})

describe('ProgressBoard', () => {
  it('forgets the progress of an earlier run', () => {
    const board = new ProgressBoard()
    board.update('t_1', 1, { ...NOTHING, stage: 'encode', progress: 90 }, 0)
    expect(board.get('t_1', 2)).toBeUndefined()
    board.update('t_1', 2, { ...NOTHING, stage: 'inputs', progress: 1 }, 0)
    expect(board.get('t_1', 2)?.progress).toBe(1)
    board.forget('t_1')
    expect(board.get('t_1', 2)).toBeUndefined()
  })

  it('knows how long nothing of a run has changed', () => {
    const board = new ProgressBoard()
    expect(board.stillMs('t_1', 1, 1000)).toBe(0)
    expect(board.stillMs('t_1', 1, 4000)).toBe(3000)
    board.update('t_1', 1, { ...NOTHING, stage: 'encode', progress: 10 }, 5000)
    board.update('t_1', 1, { ...NOTHING, stage: 'encode', progress: 10 }, 9000)
    expect(board.stillMs('t_1', 1, 9000)).toBe(4000)
    board.update('t_1', 1, { ...NOTHING, stage: 'encode', progress: 11 }, 9500)
    expect(board.stillMs('t_1', 1, 10_000)).toBe(500)
    expect(board.stillMs('t_1', 2, 10_000)).toBe(0)
  })

  it('takes bytes that move for a change, and shows nobody any', () => {
    const board = new ProgressBoard()
    const inputs = { ...NOTHING, stage: 'inputs' } as const
    board.update('t_1', 1, { ...inputs, movedBytes: 10 }, 1000)
    board.update('t_1', 1, { ...inputs, movedBytes: 10 }, 2000)
    expect(board.stillMs('t_1', 1, 3000)).toBe(2000)
    board.update('t_1', 1, { ...inputs, movedBytes: 11 }, 4000)
    // A progress frame between two heartbeats tells none.
    board.update('t_1', 1, inputs, 5000)
    expect([board.stillMs('t_1', 1, 6000), board.get('t_1', 1)]).toEqual([2000, inputs])
  })
})
