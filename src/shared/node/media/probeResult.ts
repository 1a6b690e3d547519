import { AppError } from '../../index.ts'
import type { MediaProbe } from '../../index.ts'
import { probeMedia } from './probeMedia.ts'

/** Engines round to whole frames and sound blocks; more than this is another length. */
const TOLERANCE_MS = 1_000

export interface ResultProbeOptions {
  readonly signal: AbortSignal
  /** How long it must be; null where nobody knows. */
  readonly voiceMs: number | null
}

/** Looks at what an engine made before anybody else does. Throws RESULT_INVALID, or the signal's reason. */
export async function probeResult(path: string, { signal, voiceMs }: ResultProbeOptions): Promise<MediaProbe> {
  let probe: MediaProbe
  try {
    probe = await probeMedia(path, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw resultInvalid(error instanceof Error ? error.message : String(error))
  }
  const problem = problemOfResult(probe, voiceMs)
  if (problem !== undefined) throw resultInvalid(problem)
  return probe
}

/** Pure: what is wrong with a result, if anything. */
export function problemOfResult(probe: MediaProbe, voiceMs: number | null): string | undefined {
  if (probe.container !== 'mp4' && probe.container !== 'mov') return `the container is ${probe.container}`
  if (probe.video === undefined) return 'there is no picture'
  if (probe.audio === undefined) return 'there is no sound'
  if (voiceMs !== null && Math.abs(probe.durationMs - voiceMs) > TOLERANCE_MS) {
    return `it lasts ${String(Math.round(probe.durationMs))} ms, the voice ${String(Math.round(voiceMs))} ms`
  }
  return undefined
}

/** Another try may make a better one. */
export function resultInvalid(detail: string): AppError {
  return new AppError('RESULT_INVALID', {
    message: `the result cannot be used: ${detail}`,
    data: { detail },
    retryable: true,
  })
}
