import type { RecordPhase, TimelineStep } from '../../protocol/studio/index.ts'
import { RUN_STAGES } from '../../protocol/task/index.ts'
import type { RunStage } from '../../protocol/task/index.ts'
import type { StoredRecord } from '../history/index.ts'

type Timeline = StoredRecord['timeline']

const STEP_OF_STAGE: Readonly<Record<RunStage, TimelineStep>> = {
  inputs: 'inputs',
  prepare: 'prepare',
  synthesize: 'synthesize',
  encode: 'encode',
  upload: 'store',
}

/** The step of the timeline a phase stands in; null at an end. */
export function stepOf(phase: RecordPhase, stage: RunStage | null): TimelineStep | null {
  switch (phase) {
    case 'hashing':
      return 'hash'
    case 'uploading':
      return 'upload'
    case 'submitting':
    case 'waiting':
      return 'wait'
    case 'running':
      return stage === null ? 'inputs' : STEP_OF_STAGE[stage]
    case 'downloading':
      return 'download'
    case 'done':
    case 'failed':
    case 'cancelled':
      return null
  }
}

/** Whether a run that stands at `step` has moved on when `stage` is told. */
export function isLaterStage(stage: RunStage, step: TimelineStep | undefined): boolean {
  const at = RUN_STAGES.findIndex((known) => STEP_OF_STAGE[known] === step)
  return RUN_STAGES.indexOf(stage) > at
}

/** Closes the open step and opens `step`, unless it is open already. A run that begins anew adds its steps again. */
export function enterStep(timeline: Timeline, step: TimelineStep | null, nowMs: number): Timeline {
  const last = timeline.at(-1)
  if (last !== undefined && last.endedAtMs === null && last.step === step) return timeline
  const closed = timeline.map((entry) => (entry.endedAtMs === null ? { ...entry, endedAtMs: nowMs } : entry))
  return step === null ? closed : [...closed, { step, startedAtMs: nowMs, endedAtMs: null }]
}
