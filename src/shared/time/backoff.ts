export interface BackoffPolicy {
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number
}

/** Full jitter: a whole fleet that lost one gateway does not come back in step. `attempt` counts from 0. */
export function fullJitterMs(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  return Math.round(random() * ceilingMs(policy, attempt))
}

/** Between half and all of the ceiling: for reconnects, which must also not come back at once. */
export function equalJitterMs(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  const ceiling = ceilingMs(policy, attempt)
  return Math.round(ceiling / 2 + (random() * ceiling) / 2)
}

function ceilingMs(policy: BackoffPolicy, attempt: number): number {
  return Math.min(policy.capMs, policy.baseMs * policy.factor ** Math.min(attempt, 60))
}
