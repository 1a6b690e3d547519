import type { EngineProgress } from '../port.ts'

export interface PassProgress {
  /** Frames the current pass has handled. */
  handled(frames: number): void
  /** Ends the pass: its frames are done, whatever the last report said. */
  done(): void
}

/** Adds the frames of one pass after another to one figure that never goes back. */
export function createFrameCounter(
  totalFrames: number,
  report: (progress: EngineProgress) => void,
): { pass(expectedFrames: number): PassProgress } {
  let before = 0
  let shown = -1
  const show = (frames: number): void => {
    const frame = Math.min(totalFrames, Math.round(frames))
    if (frame <= shown) return
    shown = frame
    report({ stage: 'encode', percent: (frame * 100) / totalFrames, frame, totalFrames })
  }
  return {
    pass(expectedFrames) {
      return {
        handled: (frames) => show(before + Math.min(frames, expectedFrames)),
        done: () => {
          before += expectedFrames
          show(before)
        },
      }
    },
  }
}
