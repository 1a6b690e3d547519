import type { RecordPhase, TaskRecord } from '../../protocol/studio/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import { describeError } from '../../protocol/errors/index.ts'
import { stageSentence } from './sentences.ts'
import type { Stage } from './stage.ts'

/** One line of `dhs compose --json`. `progress` is 0–1, or null where nobody tells it. */
export interface StageEvent {
  readonly event: 'stage'
  readonly stage: Stage
  readonly progress: number | null
  readonly task_id?: string
  readonly position?: number
  readonly eta_seconds?: number
  /** Nine in ten begin sooner. */
  readonly eta_high_seconds?: number
  /** Bytes an earlier try had sent. */
  readonly resumed_from?: number
  /** Why it does not go on right now, while it keeps trying. */
  readonly blocked?: string
  readonly message: string
}

const STAGE_OF: Readonly<Record<RecordPhase, Stage | undefined>> = {
  hashing: 'hash',
  uploading: 'upload',
  submitting: 'upload',
  waiting: 'queued',
  running: 'processing',
  downloading: 'download',
  done: undefined,
  failed: undefined,
  cancelled: undefined,
}

/** What to tell of a record; undefined for its end, which is told in words of its own. */
export function stageEvent(record: TaskRecord, language: Language): StageEvent | undefined {
  const stage = stageOf(record)
  if (stage === undefined) return undefined
  const { progress, blocked } = record
  const position = record.wait?.position ?? null
  const etaSeconds = record.wait?.etaSeconds ?? null
  const etaHighSeconds = record.wait?.etaHighSeconds ?? null
  const resumedFrom = progress?.resumedFromBytes ?? null
  return {
    event: 'stage',
    stage,
    progress: progress?.fraction ?? null,
    ...(record.taskId === null ? {} : { task_id: record.taskId }),
    ...(stage === 'queued' && position !== null ? { position } : {}),
    ...(stage === 'queued' && etaSeconds !== null ? { eta_seconds: etaSeconds } : {}),
    ...(stage === 'queued' && etaHighSeconds !== null ? { eta_high_seconds: etaHighSeconds } : {}),
    ...(resumedFrom === null ? {} : { resumed_from: resumedFrom }),
    ...(blocked === null ? {} : { blocked: blocked.code }),
    message: blocked === null ? stageSentence(stage, record, language) : joined(blocked, language),
  }
}

/** A worker has taken the task when it waits without a place in the line. */
function stageOf(record: TaskRecord): Stage | undefined {
  const stage = STAGE_OF[record.phase]
  const isInLine = (record.wait?.position ?? null) !== null || (record.wait?.gpu ?? null) !== null
  return stage === 'queued' && !isInLine ? 'submitted' : stage
}

function joined(blocked: NonNullable<TaskRecord['blocked']>, language: Language): string {
  const { message, hint } = describeError(blocked, language)
  return `${message} ${hint}`
}
