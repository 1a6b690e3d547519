import { AppError, parseStrictJson } from '../../shared/index.ts'

/** A JSON body: valid UTF-8, no byte order mark, one value, no key twice, at most 32 levels. */
export function parseJsonBody(bytes: Buffer): unknown {
  const parsed = parseStrictJson(decode(bytes))
  if (parsed.ok) return parsed.value
  switch (parsed.problem) {
    case 'too_deep':
      throw new AppError('JSON_TOO_DEEP')
    case 'forbidden_key':
      throw new AppError('SCHEMA')
    case 'invalid':
    case 'duplicate_key':
    case 'not_well_formed':
      throw new AppError('JSON_INVALID')
  }
}

function decode(bytes: Buffer): string {
  try {
    // `ignoreBOM` keeps the mark in the text, where the parser refuses it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new AppError('JSON_INVALID', { cause: error })
  }
}
