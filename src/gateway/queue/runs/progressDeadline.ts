import { percentileMs, runModelOf } from '../../runModel/runModel.ts'
import type { RunStat } from '../../runModel/runModel.ts'
import { typeOfKind } from '../../taskKinds.ts'
import type { TaskRow } from '../life/taskRow.ts'
import type { RunProgress } from '../port.ts'
import type { QueueTimings } from '../timings.ts'

/** So many times the length of a long run may nothing change. */
const LONG_RUNS = 3

/**
 * How long stage and progress of a run may stand still while its worker lives. An engine that tells no progress may
 * be working: nobody takes its run away before it took several times as long as such runs ever do. Earlier runs say
 * little of one whose voice may be fifteen times as long as theirs. A result that is being brought is waited for: its
 * run has ended, and another would have the same to bring, over the same slow line or into the same full pool.
 */
export function stillLimitMs(
  row: Pick<TaskRow, 'type' | 'voice_ms'>,
  progress: RunProgress | undefined,
  stats: readonly RunStat[],
  timings: Pick<QueueTimings, 'progressMs' | 'blindProgressMs'>,
): number {
  if (progress?.stage === 'upload') return Infinity
  const longMs = longRunMs(row, stats)
  const tells = progress !== undefined && (progress.progress !== null || progress.frame !== null)
  const isUnknown = longMs === undefined || row.voice_ms === null
  return Math.max(!tells && isUnknown ? timings.blindProgressMs : timings.progressMs, LONG_RUNS * (longMs ?? 0))
}

/** The slowest engine's 95th percentile for such a task: which engine runs it is told with the result only. */
function longRunMs(row: Pick<TaskRow, 'type' | 'voice_ms'>, stats: readonly RunStat[]): number | undefined {
  const taskType = typeOfKind(row.type)
  const ofType = stats.filter((stat) => stat.taskType === taskType)
  const engines = new Set(ofType.map((stat) => stat.engine))
  const times = [...engines].flatMap((engine) => {
    const model = runModelOf(
      ofType.filter((stat) => stat.engine === engine),
      row.voice_ms,
    )
    return model === null ? [] : [percentileMs(model, 0.95)]
  })
  return times.length === 0 ? undefined : Math.max(...times)
}
