import type { QueueAnswer } from '../../protocol/http/index.ts'
import type { Preflight } from '../../protocol/studio/index.ts'
import type { StoredRecord } from '../history/index.ts'

/**
 * Wait and run together: the gateway's estimate of the wait, and the run learned from this PC's own history as
 * seconds of work per second of video (median). Null when neither is known: nothing is guessed.
 */
export function estimateSeconds(facts: {
  readonly queue: Pick<QueueAnswer, 'eta_seconds' | 'eta_high_seconds' | 'eta_basis'>
  readonly outputDurationMs: number
  readonly done: readonly Pick<StoredRecord, 'timeline' | 'voice'>[]
}): Preflight['estimate'] {
  const waitSeconds = facts.queue.eta_seconds
  const factor = median(facts.done.flatMap(runFactor))
  if (waitSeconds === null && factor === undefined) return null
  const runSeconds = factor === undefined ? 0 : (factor * facts.outputDurationMs) / 1000
  const highSeconds = facts.queue.eta_high_seconds
  return {
    seconds: (waitSeconds ?? 0) + runSeconds,
    highSeconds: highSeconds === null ? null : highSeconds + runSeconds,
    // A start-up rests on less than runs do: the weaker ground is told.
    basis: facts.queue.eta_basis ?? 'runs',
  }
}

const RUN_STEPS: ReadonlySet<string> = new Set(['inputs', 'prepare', 'synthesize', 'encode', 'store'])

function runFactor(record: Pick<StoredRecord, 'timeline' | 'voice'>): number[] {
  const runMs = record.timeline
    .filter((entry) => RUN_STEPS.has(entry.step))
    .reduce((sum, entry) => sum + ((entry.endedAtMs ?? entry.startedAtMs) - entry.startedAtMs), 0)
  return runMs > 0 && record.voice.durationMs > 0 ? [runMs / record.voice.durationMs] : []
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
