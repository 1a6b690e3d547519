import { isRecordEnd } from '../../../protocol/studio/phases.ts'
import type { TaskRecord, TimelineStep } from '../../../protocol/studio/index.ts'

/** What a person follows: the timeline's steps, those of one kind taken together. */
export const STAGES = ['upload', 'wait', 'prepare', 'synthesize', 'encode', 'download'] as const

export type Stage = (typeof STAGES)[number]

const STAGE_OF: Readonly<Record<TimelineStep, Stage>> = {
  hash: 'upload',
  upload: 'upload',
  wait: 'wait',
  inputs: 'prepare',
  prepare: 'prepare',
  synthesize: 'synthesize',
  encode: 'encode',
  store: 'encode',
  download: 'download',
}

export interface StageView {
  readonly stage: Stage
  /** `stopped`: the task ended here without a result. `skipped`: passed without it, this engine does not need it. */
  readonly state: 'todo' | 'active' | 'done' | 'stopped' | 'skipped'
  /** Null while nothing of it has happened. */
  readonly durationMs: number | null
}

/** The stages of a task with what each has taken so far. */
export function stagesOf(record: Pick<TaskRecord, 'phase' | 'timeline' | 'endedAtMs'>, nowMs: number): StageView[] {
  const ended = isRecordEnd(record.phase)
  const current = record.timeline.at(-1)
  const reached = current === undefined ? -1 : STAGES.indexOf(STAGE_OF[current.step])
  return STAGES.map((stage, at) => {
    const entries = record.timeline.filter(({ step }) => STAGE_OF[step] === stage)
    if (entries.length === 0) {
      const passed = at < reached || record.phase === 'done'
      return { stage, state: passed ? 'skipped' : 'todo', durationMs: null }
    }
    const until = record.endedAtMs ?? nowMs
    const durationMs = entries.reduce((sum, entry) => sum + ((entry.endedAtMs ?? until) - entry.startedAtMs), 0)
    const isCurrent = current !== undefined && STAGE_OF[current.step] === stage
    const state = !isCurrent || record.phase === 'done' ? 'done' : ended ? 'stopped' : 'active'
    return { stage, state, durationMs: Math.max(0, durationMs) }
  })
}
