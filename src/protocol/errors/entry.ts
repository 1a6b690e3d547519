/** One code of the catalogue. `{name}` in a sentence is filled from the error's `data`. */
export interface ErrorEntry {
  /** HTTP status this code travels with. */
  readonly status: number
  /** True when the same request can succeed later without a change by the person. */
  readonly retryable: boolean
  /** What happened, and what to do, in English. */
  readonly en: readonly [message: string, hint: string]
  /** The same in Simplified Chinese. */
  readonly zh: readonly [message: string, hint: string]
}

/** Keeps the literal keys while checking every entry. */
export function defineErrors<const T extends Readonly<Record<string, ErrorEntry>>>(entries: T): T {
  return entries
}
