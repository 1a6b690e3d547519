/** One server that could take a task now. */
export interface Candidate {
  readonly serverId: string
  readonly workerId: string
  readonly free: number
}

/** Puts the servers into the order in which they are offered the next tasks. Pure. */
export type DispatchStrategy = (candidates: readonly Candidate[], lastServerId: string | null) => readonly Candidate[]

/** Each server in turn, by number, beginning after the one that got the last task. */
export const roundRobin: DispatchStrategy = (candidates, lastServerId) => {
  const sorted = [...candidates].sort((a, b) => a.serverId.localeCompare(b.serverId, 'en', { numeric: true }))
  if (lastServerId === null) return sorted
  const next = sorted.findIndex((one) => one.serverId.localeCompare(lastServerId, 'en', { numeric: true }) > 0)
  return next <= 0 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)]
}
