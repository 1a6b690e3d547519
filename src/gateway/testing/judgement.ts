const SECOND_MS = 1_000
/** People are told minutes: the error of a shorter wait is counted against one. */
const SHOWN_MS = 60 * SECOND_MS

export interface Judged {
  readonly estimates: number
  /** Of |estimate − truth| ÷ truth, over every estimate made; see SHOWN_MS. */
  readonly medianError: number
  /** Share that began within `highSeconds`. */
  readonly keptShare: number
  readonly negatives: number
  /** Jumps above double without a reason. */
  readonly unexplainedJumps: number
}

export interface Guess {
  readonly taskId: string
  readonly atMs: number
  readonly seconds: number
  readonly highSeconds: number
}

/** What a person would call a jump: more than double of what was left of the last estimate, by more than 30 s. */
export class Jumps {
  unexplained = 0
  readonly #startsMs = new Map<string, number>()

  /** It began: what it is told when it waits again is another wait. */
  forget(taskId: string): void {
    this.#startsMs.delete(taskId)
  }

  take(taskId: string, nowMs: number, seconds: number, isExplained: boolean): void {
    const before = this.#startsMs.get(taskId)
    const leftMs = Math.max(0, (before ?? Number.POSITIVE_INFINITY) - nowMs)
    const isJump = seconds * SECOND_MS > 2 * leftMs + SECOND_MS && seconds * SECOND_MS - leftMs > 31 * SECOND_MS
    if (isJump && !isExplained) this.unexplained += 1
    this.#startsMs.set(taskId, nowMs + seconds * SECOND_MS)
  }
}

/** `startsMs`: when each task began, each time that it did. */
export function judge(
  guesses: readonly Guess[],
  startsMs: ReadonlyMap<string, readonly number[]>,
  unexplainedJumps: number,
): Judged {
  const errors: number[] = []
  let kept = 0
  for (const { taskId, atMs, seconds, highSeconds } of guesses) {
    const truthMs = (startsMs.get(taskId)?.find((startMs) => startMs >= atMs) ?? Number.NaN) - atMs
    errors.push(Math.abs(seconds * SECOND_MS - truthMs) / Math.max(SHOWN_MS, truthMs))
    if (truthMs <= highSeconds * SECOND_MS) kept += 1
  }
  return {
    estimates: errors.length,
    medianError: errors.toSorted((a, b) => a - b)[Math.floor(errors.length / 2)] ?? Number.NaN,
    keptShare: kept / errors.length,
    negatives: guesses.filter(({ seconds }) => seconds < 0).length,
    unexplainedJumps,
  }
}

/** Mulberry32: the same numbers for the same seed, on every machine. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
