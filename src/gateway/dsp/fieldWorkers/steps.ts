import type { ServerTask } from '../../../client/index.ts'
import type { ProgressUpdate } from '../../queue/port.ts'
import type { RunStage } from '../../../protocol/task/index.ts'

/** How far a run was told to be; frames never fall. */
export interface StepsSoFar {
  readonly stage: RunStage
  readonly frame: number
}

export const NO_STEPS: StepsSoFar = { stage: 'inputs', frame: 0 }

const ORDER: readonly RunStage[] = ['inputs', 'prepare', 'synthesize', 'encode', 'upload']
/** Its percent is this of its frames where it counts them; otherwise it is made up from the time that went by. */
const percentOfFrames = (frame: number, total: number): number => Math.min(95, 5 + (90 * frame) / total)
const ROUNDING = 1.5

/**
 * What a server tells of a run, as far as it can be believed. Pure. Stages and frames never go back, frames count only
 * when its own percent is made of them, and a percent that is not is never shown.
 */
export function stepOf(
  task: ServerTask,
  before: StepsSoFar,
): { readonly so: StepsSoFar; readonly update: ProgressUpdate } {
  const counted = countedFrames(task)
  const stage = later(before.stage, stageOf(task, counted))
  const frame = Math.max(before.frame, counted?.frame ?? 0)
  const total = counted?.total ?? null
  const isKnown = total !== null && frame <= total
  const update: ProgressUpdate = {
    stage,
    progress: isKnown ? Math.round(percentOfFrames(frame, total)) : null,
    frame: isKnown ? frame : null,
    totalFrames: isKnown ? total : null,
  }
  return { so: { stage, frame }, update }
}

function stageOf({ status }: ServerTask, counted: { readonly frame: number } | undefined): RunStage {
  switch (status) {
    case 'queued':
      return 'prepare'
    case 'processing':
      return counted === undefined || counted.frame === 0 ? 'prepare' : 'synthesize'
    case 'synthesizing':
      return 'synthesize'
    case 'encoding':
      return 'encode'
    case 'done':
    case 'error':
      return 'upload'
  }
}

function countedFrames(task: ServerTask): { readonly frame: number; readonly total: number } | undefined {
  const { currentFrame, totalFrames, progress } = task
  if (currentFrame === null || totalFrames === null || progress === null) return undefined
  if (!Number.isInteger(currentFrame) || !Number.isInteger(totalFrames)) return undefined
  if (totalFrames === 0 || currentFrame > totalFrames) return undefined
  const isOfFrames = Math.abs(percentOfFrames(currentFrame, totalFrames) - progress) <= ROUNDING
  return isOfFrames ? { frame: currentFrame, total: totalFrames } : undefined
}

function later(one: RunStage, other: RunStage): RunStage {
  return ORDER.indexOf(one) >= ORDER.indexOf(other) ? one : other
}
