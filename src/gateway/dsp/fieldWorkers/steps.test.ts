import { describe, expect, it } from 'vitest'
import { NO_STEPS, stepOf } from './steps.ts'
import type { StepsSoFar } from './steps.ts'

type Told = Parameters<typeof stepOf>[0]

const task = (told: Partial<Told>): Told => ({
  ...{ status: 'processing', progress: null, totalFrames: null, currentFrame: null, error: null },
  ...told,
})
const counted = (currentFrame: number, told: Partial<Told> = {}): Told =>
  task({ status: 'synthesizing', currentFrame, totalFrames: 100, progress: 5 + (90 * currentFrame) / 100, ...told })

/** What is shown of several answers in a row. */
function walk(...answers: readonly Told[]) {
  let so: StepsSoFar = NO_STEPS
  return answers.map((answer) => {
    const step = stepOf(answer, so)
    so = step.so
    return step.update
  })
}

describe('what a server of the field tells', () => {
  it.each([
    ['queued', 'prepare'],
    ['processing', 'prepare'],
    ['synthesizing', 'synthesize'],
    ['encoding', 'encode'],
    ['done', 'upload'],
  ] as const)('%s is shown as %s', (status, stage) => {
    expect(walk(task({ status }))).toEqual([{ stage, progress: null, frame: null, totalFrames: null }])
  })

  it('shows frames and their percent where its percent is made of them', () => {
    expect(walk(counted(50))).toEqual([{ stage: 'synthesize', progress: 50, frame: 50, totalFrames: 100 }])
    expect(walk(counted(100, { progress: 95 }))).toMatchObject([{ progress: 95, frame: 100 }])
  })

  it('shows no percent that is made up from the time', () => {
    const invented = [
      task({ progress: 42 }),
      task({ progress: 42, currentFrame: 0, totalFrames: 0 }),
      task({ progress: 42, currentFrame: 3, totalFrames: 100 }),
      task({ progress: 95, currentFrame: 130, totalFrames: 100 }),
      task({ progress: 50, currentFrame: 50.5, totalFrames: 101 }),
    ]
    for (const update of walk(...invented)) expect(update).toMatchObject({ progress: null, frame: null })
  })

  it('never falls: neither stage nor frame', () => {
    const shown = walk(
      counted(60),
      counted(20),
      counted(30, { status: 'processing' }),
      task({ status: 'queued' }),
      counted(70),
    )
    expect(shown.map(({ stage }) => stage)).toEqual(Array(5).fill('synthesize'))
    expect(shown.map(({ frame }) => frame)).toEqual([60, 60, 60, null, 70])
    expect(shown.map(({ progress }) => progress)).toEqual([59, 59, 59, null, 68])
  })
})
