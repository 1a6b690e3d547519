import type { Evidence, Violation } from '../evidence.ts'
import { found } from '../violations.ts'

const MIB = 1024 * 1024
/** As many connections as the gateway takes, and what it has open for itself. */
const OPEN_FILES = 1_024 + 128
const LIMITS = { walBytes: 64 * MIB, openFiles: OPEN_FILES, rssBytes: 1024 * MIB, loopDelayMs: 200 } as const

/** I14: what a process uses is bounded. */
export function usageIsBounded({ bounds }: Evidence): Violation[] {
  return (['walBytes', 'openFiles', 'rssBytes', 'loopDelayMs'] as const).flatMap((name) => {
    const value = bounds[name]
    return value === null || value < LIMITS[name]
      ? []
      : [found('I14', `${name} is ${String(Math.round(value))}, the limit is ${String(LIMITS[name])}`)]
  })
}

/** I15: a process ends only when it is told to, and then well. */
export function nobodyDiesAlone(evidence: Evidence): Violation[] {
  return evidence.ends
    .filter((end) => !end.isExpected)
    .map(({ name, code, signal, lastWords }) =>
      found('I15', `${name} ended by itself (${signal ?? String(code)}): ${lastWords.slice(-400)}`),
    )
}
