/** What of a file to answer with; `start` and `end` are byte positions, both included. */
export type RangePlan =
  | { readonly kind: 'full' }
  | { readonly kind: 'partial'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }

const ONE_RANGE = /^(\d*)-(\d*)$/

/**
 * Decides on a Range header (RFC 9110 §14). One range only: several, malformed or backward ones are unsatisfiable
 * (416), which is cheaper than any answer. Another unit than bytes is ignored, as the RFC asks.
 */
export function planRange(rangeHeader: string | null | undefined, sizeBytes: number): RangePlan {
  if (rangeHeader === null || rangeHeader === undefined) return { kind: 'full' }
  const [unit = '', spec = ''] = rangeHeader.split('=', 2)
  if (unit.trim().toLowerCase() !== 'bytes') return { kind: 'full' }
  const match = ONE_RANGE.exec(spec.trim())
  if (match === null) return { kind: 'unsatisfiable' }
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? { kind: 'unsatisfiable' } : lastBytes(toPosition(last), sizeBytes)
  const start = toPosition(first)
  const end = last === '' ? sizeBytes - 1 : Math.min(toPosition(last), sizeBytes - 1)
  const isBackward = last !== '' && toPosition(last) < start
  return isBackward || start >= sizeBytes ? { kind: 'unsatisfiable' } : { kind: 'partial', start, end }
}

function lastBytes(count: number, sizeBytes: number): RangePlan {
  if (count === 0 || sizeBytes === 0) return { kind: 'unsatisfiable' }
  return { kind: 'partial', start: Math.max(0, sizeBytes - count), end: sizeBytes - 1 }
}

/** Beyond 2^53 every position is past the end of every file. */
function toPosition(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
}
