import { RUN_STAGES } from '../../../protocol/task/index.ts'
import type { ProgressUpdate, RunProgress } from '../port.ts'

/**
 * What people are shown never goes back: a late stage is ignored, a smaller or missing number keeps the larger one.
 * Engines of the field report both.
 */
export function mergeProgress(before: RunProgress | undefined, update: ProgressUpdate): RunProgress {
  const progress = clampPercent(update.progress)
  const { stage, frame, totalFrames } = update
  if (before === undefined) return { stage, progress, frame, totalFrames }
  const order = RUN_STAGES.indexOf(update.stage) - RUN_STAGES.indexOf(before.stage)
  if (order < 0) return before
  const frames = { frame: update.frame ?? before.frame, totalFrames: update.totalFrames ?? before.totalFrames }
  return {
    stage: update.stage,
    progress: larger(before.progress, progress),
    frame: order > 0 ? update.frame : larger(before.frame, frames.frame),
    totalFrames: order > 0 ? update.totalFrames : frames.totalFrames,
  }
}

interface Run {
  readonly epoch: number
  readonly progress: RunProgress | undefined
  readonly movedBytes: number | undefined
  /** Since when nothing of it changed. */
  readonly stillSinceMs: number
}

/**
 * Progress of the runs of this moment, in memory only: it changes several times a second, every worker tells it
 * again with its next heartbeat, and a lost percent is no loss.
 */
export class ProgressBoard {
  readonly #runs = new Map<string, Run>()

  get(taskId: string, epoch: number): RunProgress | undefined {
    return this.#run(taskId, epoch)?.progress
  }

  update(taskId: string, epoch: number, update: ProgressUpdate, nowMs: number): void {
    const before = this.#run(taskId, epoch)
    const progress = mergeProgress(before?.progress, update)
    const movedBytes = update.movedBytes ?? before?.movedBytes
    const isStill = before?.movedBytes === movedBytes && isSame(before?.progress, progress)
    this.#runs.set(taskId, {
      ...{ epoch, progress, movedBytes },
      stillSinceMs: before !== undefined && isStill ? before.stillSinceMs : nowMs,
    })
  }

  /** How long nothing of a run has changed; it begins to count when it is first asked about. */
  stillMs(taskId: string, epoch: number, nowMs: number): number {
    const run = this.#run(taskId, epoch)
    if (run !== undefined) return nowMs - run.stillSinceMs
    this.#runs.set(taskId, { epoch, progress: undefined, movedBytes: undefined, stillSinceMs: nowMs })
    return 0
  }

  forget(taskId: string): void {
    this.#runs.delete(taskId)
  }

  #run(taskId: string, epoch: number): Run | undefined {
    const run = this.#runs.get(taskId)
    return run?.epoch === epoch ? run : undefined
  }
}

function isSame(one: RunProgress | undefined, other: RunProgress): boolean {
  return one?.stage === other.stage && one.progress === other.progress && one.frame === other.frame
}

function clampPercent(percent: number | null): number | null {
  if (percent === null || Number.isNaN(percent)) return null
  return Math.min(100, Math.max(0, percent))
}

function larger(before: number | null, after: number | null): number | null {
  if (before === null || after === null) return after ?? before
  return Math.max(before, after)
}
