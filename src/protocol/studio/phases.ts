/**
 * Where a task is, seen from this PC, in this order; the last three are ends.
 * `waiting` = accepted by the gateway, not running yet.
 */
export const RECORD_PHASES = [
  'hashing',
  'uploading',
  'submitting',
  'waiting',
  'running',
  'downloading',
  'done',
  'failed',
  'cancelled',
] as const

export type RecordPhase = (typeof RECORD_PHASES)[number]

/** A phase in which nothing more happens by itself. */
export function isRecordEnd(phase: RecordPhase): phase is 'done' | 'failed' | 'cancelled' {
  return phase === 'done' || phase === 'failed' || phase === 'cancelled'
}

/** Steps of the timeline, in order. `inputs`…`store` happen on the GPU machine. */
export const TIMELINE_STEPS = [
  'hash',
  'upload',
  'wait',
  'inputs',
  'prepare',
  'synthesize',
  'encode',
  'store',
  'download',
] as const

export type TimelineStep = (typeof TIMELINE_STEPS)[number]
