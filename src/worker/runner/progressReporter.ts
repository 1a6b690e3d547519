import type { RunStage } from '../../protocol/task/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'

export interface RunProgress {
  readonly stage: RunStage
  readonly percent: number | null
  readonly frame: number | null
  readonly totalFrames: number | null
}

const MIN_INTERVAL_MS = 250

export interface ProgressReporter {
  readonly latest: RunProgress
  report(progress: RunProgress): void
  stop(): void
}

/** At most four reports a second, a change of stage at once, and the last one always. */
export function createProgressReporter(clock: Clock, send: (progress: RunProgress) => void): ProgressReporter {
  let latest: RunProgress = { stage: 'inputs', percent: null, frame: null, totalFrames: null }
  let sentAtMs = -Infinity
  let sentStage: RunStage | undefined
  let timer: Timer | undefined
  const flush = (): void => {
    timer?.cancel()
    timer = undefined
    sentAtMs = clock.monotonic()
    sentStage = latest.stage
    send(latest)
  }
  return {
    get latest() {
      return latest
    },
    report(progress) {
      latest = progress
      const waitMs = sentAtMs + MIN_INTERVAL_MS - clock.monotonic()
      if (progress.stage !== sentStage || waitMs <= 0) flush()
      else timer ??= clock.setTimer(flush, waitMs)
    },
    stop() {
      timer?.cancel()
      timer = undefined
    },
  }
}
