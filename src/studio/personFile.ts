import { describeError } from '../protocol/errors/index.ts'
import { AppError } from '../shared/index.ts'

/**
 * An error about a file as a person may see it: their own file name in the sentence, and no path. Limits are made
 * readable, because their sentence names them.
 */
export function aboutFile(thrown: unknown, name: string, inputField?: string): AppError {
  const error = AppError.from(thrown)
  const field = inputField ?? error.field
  const data = error.data ?? {}
  const told = { ...data, file: name, ...readableLimit(data) }
  return new AppError(error.code, {
    // Not the system's own words: they name paths, and the cause keeps them for the log.
    message: describeError({ code: error.code, data: told }, 'en').message,
    retryable: error.retryable,
    data: told,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(field === undefined ? {} : { field }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  })
}

const UNIT_OF_LIMIT: Readonly<
  Record<string, { readonly unit: string; readonly divideBy: number; readonly sign: string }>
> = {
  minSidePixels: { unit: 'px', divideBy: 1, sign: '≥' },
  maxSidePixels: { unit: 'px', divideBy: 1, sign: '≤' },
  maxPixels: { unit: 'MP', divideBy: 1_000_000, sign: '≤' },
  maxFps: { unit: 'fps', divideBy: 1, sign: '≤' },
  maxDurationMs: { unit: 'h', divideBy: 3_600_000, sign: '≤' },
  maxStreams: { unit: 'streams', divideBy: 1, sign: '≤' },
  maxChannels: { unit: 'ch', divideBy: 1, sign: '≤' },
  minSampleRateHz: { unit: 'Hz', divideBy: 1, sign: '≥' },
  maxSampleRateHz: { unit: 'Hz', divideBy: 1, sign: '≤' },
  maxTagBytes: { unit: 'MiB', divideBy: 1024 ** 2, sign: '≤' },
}

type ErrorData = Readonly<Record<string, string | number | boolean>>

/** `≤ 4 h (100 h)`: the limit and what the file has, in signs that need no translation. */
function readableLimit(data: ErrorData): ErrorData {
  const { limit, max, value, width, height, maxPixels } = data
  if (typeof width === 'number' && typeof height === 'number' && typeof maxPixels === 'number') {
    return { limit: `${width}×${height} > ${round(maxPixels / 1_000_000)} MP` }
  }
  const known = typeof limit === 'string' ? UNIT_OF_LIMIT[limit] : undefined
  if (known === undefined || typeof max !== 'number' || typeof value !== 'number') return {}
  const show = (amount: number): string => `${round(amount / known.divideBy)} ${known.unit}`
  return { limit: `${known.sign} ${show(max)} (${show(value)})` }
}

function round(amount: number): string {
  return String(Math.round(amount * 10) / 10)
}
