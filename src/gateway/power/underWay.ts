import type { PowerResult } from '../../protocol/dsp/index.ts'

export interface Memory {
  /** Newest first, as they were kept. */
  readonly results: readonly PowerResult[]
  readonly servers: readonly string[]
  readonly wasHere: (serverId: string) => boolean
  readonly wasAnybodyHere: boolean
  /** Unix milliseconds. */
  readonly nowMs: number
  readonly startMs: (serverId: string | null) => number
  readonly stopMs: number
}

export interface UnderWay {
  readonly action: PowerResult['action']
  readonly serverId: string | null
  readonly elapsedMs: number
}

/**
 * What an earlier process asked for and did not see the end of: it goes on after a restart, instead of being asked for
 * again or, when it is a stop, of being forgotten under the tasks of whoever comes back. Pure.
 */
export function stillUnderWay(memory: Memory): readonly UnderWay[] {
  return [...memory.servers.map((serverId) => lastWord(memory, serverId)), lastWord(memory, null)].filter(
    (one) => one !== undefined,
  )
}

function lastWord(memory: Memory, serverId: string | null): UnderWay | undefined {
  const { results, nowMs, stopMs, startMs } = memory
  const last = results.find((result) => isAbout(result, serverId))
  if (last?.success !== true) return undefined
  const { action } = last
  const elapsedMs = nowMs - last.at * 1000
  // A stop of all was found with each of them.
  if (action === 'off' && serverId === null) return undefined
  const isOver = elapsedMs < 0 || elapsedMs > (action === 'off' ? stopMs : startMs(serverId))
  const hasCome = serverId === null ? memory.wasAnybodyHere : memory.wasHere(serverId)
  return isOver || (action === 'on' && hasCome) ? undefined : { action, serverId, elapsedMs }
}

/** A stop of all is about each of them; any stop ends a start that named nobody: what came by it was turned off. */
function isAbout({ action, server_id: named, success }: PowerResult, serverId: string | null): boolean {
  if (serverId !== null) return named === serverId || (named === null && action === 'off')
  return action === 'on' ? named === null : success
}
