import type { Database } from '../../../shared/node/index.ts'
import { ANY_VOICE, voiceBucket, withRun } from '../../runModel/runModel.ts'
import type { FinishedRun, RunStat } from '../../runModel/runModel.ts'
import { typeOfKind } from '../../taskKinds.ts'
import type { TaskRow } from '../life/taskRow.ts'

interface StatRow {
  readonly type: string
  readonly engine: string
  readonly bucket: number
  readonly runs: number
  readonly median_ms: number
  readonly voice_ms: number | null
  readonly spread: number
}

/** How long runs take: stored per task type, engine and length of the voice, as moving averages of finished ones. */
export class RunTimes {
  readonly #db: Database
  #all: readonly RunStat[] | undefined

  constructor(db: Database) {
    this.#db = db
  }

  /** Inside the transaction that stores the end of a run: the task before and after it. */
  recordEnd(before: TaskRow, after: TaskRow): void {
    if (after.state !== 'succeeded' || after.engine === null || after.ended === null) return
    // A run that was given up in between says nothing about how long one takes.
    if (before.state !== 'running' || before.run_from === null) return
    const { type, engine, voice_ms: voiceMs } = after
    this.#record({ taskType: typeOfKind(type), engine, voiceMs, durationMs: after.ended - before.run_from })
  }

  /** The same array until something changes, so that it can be the key of a cache. */
  all(): readonly RunStat[] {
    this.#all ??= this.#db.all<StatRow>('SELECT * FROM run_stat').map(toStat)
    return this.#all
  }

  /** After a rollback. */
  forget(): void {
    this.#all = undefined
  }

  #record(run: FinishedRun): void {
    this.#store(run, ANY_VOICE)
    if (run.voiceMs !== null) this.#store(run, voiceBucket(run.voiceMs))
    this.#all = undefined
  }

  #store(run: FinishedRun, bucket: number): void {
    const key = [run.taskType, run.engine, bucket] as const
    const before = this.#db.get<StatRow>('SELECT * FROM run_stat WHERE type = ? AND engine = ? AND bucket = ?', ...key)
    const { runs, medianMs, voiceMs, spread } = withRun(before === undefined ? undefined : toStat(before), run, bucket)
    this.#db.run(
      `INSERT INTO run_stat(type, engine, bucket, runs, median_ms, voice_ms, spread) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT(type, engine, bucket)
       DO UPDATE SET runs = excluded.runs, median_ms = excluded.median_ms,
         voice_ms = excluded.voice_ms, spread = excluded.spread`,
      ...[...key, runs, medianMs, voiceMs, spread],
    )
  }
}

function toStat(row: StatRow): RunStat {
  const { type, engine, bucket, runs, spread } = row
  return { taskType: type, engine, bucket, runs, medianMs: row.median_ms, voiceMs: row.voice_ms, spread }
}
