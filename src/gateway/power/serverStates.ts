import type { PowerState } from '../../protocol/dsp/index.ts'
import type { GpuServer } from '../fleet/port.ts'

/** What happened to a server since it was looked at before. */
export type PowerNews =
  /** `afterMs`: since it was asked for; null when nobody asked. */
  | { readonly kind: 'arrived'; readonly serverId: string; readonly afterMs: number | null }
  /** Its connection broke while it was being turned off, and is there again: it was never off. */
  | { readonly kind: 'returned'; readonly serverId: string }
  | { readonly kind: 'left'; readonly serverId: string }
  /** It was asked for, and did not come in time. */
  | { readonly kind: 'missed'; readonly serverId: string | null }
  /** It was told to stop, and is still there. */
  | { readonly kind: 'stayed'; readonly serverId: string }
  /** The gateway does not know it any more. */
  | { readonly kind: 'forgotten'; readonly serverId: string }

export interface PowerBounds {
  /** How long a start of that server may take. */
  readonly startMs: (serverId: string | null) => number
  /** How long a stop may take: whoever is there within it, nobody having asked, is still on the way down. */
  readonly stopMs: number
  /** A connection that is gone for so long does not come back by itself: its server is off. */
  readonly returnMs: number
}

interface Known {
  readonly state: PowerState
  /** Since when; of `stopping` and `stopped` since the stop was asked for, of `unknown` since its connection is gone. */
  readonly sinceMono: number
  /** Of `stopping`: since when its connection is gone. */
  readonly awayMono?: number
}

/** Off, and nobody saw it leave. */
const UNSEEN: Known = { state: 'unknown', sinceMono: -Infinity }
/** Key of a start that names no server. */
const ANY = ''

/**
 * The power state of each server, from what was asked for and who is connected. A start without a name is over when
 * any server arrives.
 */
export class ServerStates {
  readonly #known = new Map<string, Known>()
  readonly #bounds: PowerBounds

  constructor(bounds: PowerBounds) {
    this.#bounds = bounds
  }

  of(serverId: string): PowerState {
    return this.#known.get(serverId)?.state ?? 'unknown'
  }

  overall(): PowerState {
    const states = [...this.#known.values()].map((one) => one.state)
    const strongest = (['running', 'starting', 'stopping'] as const).find((state) => states.includes(state))
    if (strongest !== undefined) return strongest
    return states.length > 0 && states.every((state) => state === 'stopped') ? 'stopped' : 'unknown'
  }

  /** The start that has been under way for longest. */
  oldestStart(): { readonly serverId: string | null; readonly sinceMono: number } | undefined {
    const [oldest] = [...this.#known]
      .filter(([, one]) => one.state === 'starting')
      .toSorted(([, a], [, b]) => a.sinceMono - b.sinceMono)
    if (oldest === undefined) return undefined
    return { serverId: oldest[0] === ANY ? null : oldest[0], sinceMono: oldest[1].sinceMono }
  }

  isAnyStopping(): boolean {
    return [...this.#known.values()].some(({ state }) => state === 'stopping')
  }

  /** Its connection broke just now, nobody having asked: it may be there again in seconds, so it does not count as off. */
  isAnyReturning(nowMono: number): boolean {
    return [...this.#known.values()].some(
      ({ state, sinceMono }) => state === 'unknown' && nowMono - sinceMono < this.#bounds.returnMs,
    )
  }

  /** It is being turned off, or was just now: were it to come back by itself, it would go down again. */
  isLeaving(serverId: string, nowMono: number): boolean {
    const known = this.#known.get(serverId)
    return known !== undefined && this.#isLeaving(known, nowMono)
  }

  /** Something was asked for, and time will tell what comes of it. */
  isUnderWay(nowMono: number): boolean {
    return [...this.#known.values()].some((one) => one.state === 'starting' || this.#isLeaving(one, nowMono))
  }

  starting(serverId: string | null, nowMono: number): void {
    this.#known.set(serverId ?? ANY, { state: 'starting', sinceMono: nowMono })
    if (serverId !== null) return
    // Whichever server the hook chooses, it is to be welcome.
    for (const [key, { state }] of [...this.#known])
      if (state === 'stopped') this.#known.set(key, { state, sinceMono: -Infinity })
  }

  startFailed(serverId: string | null): void {
    if (serverId === null) this.#known.delete(ANY)
    else if (this.of(serverId) === 'starting') this.#known.set(serverId, UNSEEN)
  }

  stopping(serverId: string, nowMono: number): void {
    this.#known.set(serverId, { state: 'stopping', sinceMono: nowMono })
  }

  stopFailed(serverId: string, nowMono: number): void {
    const before = this.#known.get(serverId)
    if (before?.state !== 'stopping') return
    const { awayMono } = before
    this.#known.set(
      serverId,
      awayMono === undefined ? { state: 'running', sinceMono: nowMono } : { state: 'unknown', sinceMono: awayMono },
    )
  }

  /** Compares with who is connected now. */
  observe(servers: readonly GpuServer[], nowMono: number): readonly PowerNews[] {
    const news = [
      ...this.#forget(servers),
      ...servers.flatMap((server) => {
        const { serverId } = server
        return isThere(server) ? this.#observeThere(serverId, nowMono) : this.#observeAway(serverId, nowMono)
      }),
    ]
    for (const [key, { state, sinceMono }] of [...this.#known]) {
      const serverId = key === ANY ? null : key
      if (state !== 'starting' || nowMono - sinceMono <= this.#bounds.startMs(serverId)) continue
      this.startFailed(serverId)
      news.push({ kind: 'missed', serverId })
    }
    return news
  }

  #forget(servers: readonly GpuServer[]): readonly PowerNews[] {
    const listed = new Set(servers.map(({ serverId }) => serverId))
    const gone = [...this.#known.keys()].filter((key) => key !== ANY && !listed.has(key))
    for (const key of gone) this.#known.delete(key)
    return gone.map((serverId) => ({ kind: 'forgotten', serverId }))
  }

  #observeThere(serverId: string, nowMono: number): PowerNews[] {
    const before = this.#known.get(serverId)
    if (before?.state === 'running') return []
    if (before !== undefined && this.#isLeaving(before, nowMono)) {
      const { state, sinceMono, awayMono } = before
      this.#known.set(serverId, { state: 'stopping', sinceMono })
      return state === 'stopped' || awayMono !== undefined ? [{ kind: 'returned', serverId }] : []
    }
    this.#known.set(serverId, { state: 'running', sinceMono: nowMono })
    if (before?.state === 'stopping') return [{ kind: 'stayed', serverId }]
    const asked = before?.state === 'starting' ? before : this.#known.get(ANY)
    this.#known.delete(ANY)
    return [{ kind: 'arrived', serverId, afterMs: asked === undefined ? null : nowMono - asked.sinceMono }]
  }

  #observeAway(serverId: string, nowMono: number): PowerNews[] {
    const before = this.#known.get(serverId)
    switch (before?.state) {
      case undefined:
        this.#known.set(serverId, UNSEEN)
        return []
      case 'running':
        this.#known.set(serverId, { state: 'unknown', sinceMono: nowMono })
        return [{ kind: 'left', serverId }]
      case 'stopping': {
        const { sinceMono, awayMono } = before
        const isOff = awayMono !== undefined && nowMono - awayMono >= this.#bounds.returnMs
        this.#known.set(
          serverId,
          isOff ? { state: 'stopped', sinceMono } : { ...before, awayMono: awayMono ?? nowMono },
        )
        return awayMono === undefined ? [{ kind: 'left', serverId }] : []
      }
      default:
        return []
    }
  }

  #isLeaving({ state, sinceMono }: Known, nowMono: number): boolean {
    return (state === 'stopping' || state === 'stopped') && nowMono - sinceMono <= this.#bounds.stopMs
  }
}

/** Connected, however silent: a suspect server is not one that is off. */
export function isThere(server: GpuServer): boolean {
  return server.state !== 'offline'
}
