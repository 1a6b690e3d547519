import type { MediaProbe } from '../../shared/index.ts'
import { AppError } from '../../shared/index.ts'
import { probeMedia } from '../../shared/node/index.ts'

/** Engines round to whole frames and sound blocks; more than this is another length. */
const TOLERANCE_MS = 1_000

/** Looks at what an engine made before anybody else does. Throws RESULT_INVALID. */
export async function verifyOutput(path: string, voicePath: string, signal: AbortSignal): Promise<MediaProbe> {
  const voice = await probeMedia(voicePath, { signal })
  let output: MediaProbe
  try {
    output = await probeMedia(path, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw invalid(error instanceof Error ? error.message : String(error))
  }
  const problem = findProblem(output, voice.durationMs)
  if (problem !== undefined) throw invalid(problem)
  return output
}

/** Pure: what is wrong with an output, if anything. */
export function findProblem(output: MediaProbe, voiceMs: number): string | undefined {
  if (output.container !== 'mp4' && output.container !== 'mov') return `the container is ${output.container}`
  if (output.video === undefined) return 'there is no picture'
  if (output.audio === undefined) return 'there is no sound'
  if (Math.abs(output.durationMs - voiceMs) > TOLERANCE_MS) {
    return `it lasts ${output.durationMs} ms, the voice ${voiceMs} ms`
  }
  return undefined
}

function invalid(detail: string): AppError {
  return new AppError('RESULT_INVALID', {
    message: `the engine's output cannot be used: ${detail}`,
    retryable: true,
    data: { detail },
  })
}
