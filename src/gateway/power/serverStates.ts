import type { PowerState } from '../../protocol/dsp/index.ts'
import type { GpuServer } from '../fleet/port.ts'

/** What happened to a server since it was looked at before. `afterMs`: since it was asked for. */
export type PowerNews =
  | { readonly kind: 'arrived'; readonly serverId: string; readonly afterMs: number | null }
  | { readonly kind: 'left'; readonly serverId: string; readonly wasTurnedOff: boolean }
  /** It was asked for, and did not come in time. */
  | { readonly kind: 'missed'; readonly serverId: string | null }
  /** It was told to stop, and is still there. */
  | { readonly kind: 'stayed'; readonly serverId: string }
  /** The gateway does not know it any more. */
  | { readonly kind: 'forgotten'; readonly serverId: string }

interface Known {
  readonly state: PowerState
  readonly sinceMono: number
}

/** Key of a start that names no server. */
const ANY = ''

/**
 * The power state of each server, from what was asked for and who is connected. A start without a name is over when
 * any server arrives.
 */
export class ServerStates {
  readonly #known = new Map<string, Known>()

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

  starting(serverId: string | null, nowMono: number): void {
    this.#known.set(serverId ?? ANY, { state: 'starting', sinceMono: nowMono })
  }

  startFailed(serverId: string | null): void {
    if (serverId === null) this.#known.delete(ANY)
    else if (this.of(serverId) === 'starting') this.#known.set(serverId, { state: 'unknown', sinceMono: 0 })
  }

  stopping(serverId: string, nowMono: number): void {
    this.#known.set(serverId, { state: 'stopping', sinceMono: nowMono })
  }

  stopFailed(serverId: string, nowMono: number): void {
    if (this.of(serverId) === 'stopping') this.#known.set(serverId, { state: 'running', sinceMono: nowMono })
  }

  /** Compares with who is connected now. `boundMs`: how long a start of that server may take. */
  observe(
    servers: readonly GpuServer[],
    nowMono: number,
    bounds: { readonly startMs: (serverId: string | null) => number; readonly stopMs: number },
  ): readonly PowerNews[] {
    const news = [...this.#forget(servers), ...servers.flatMap((server) => this.#observeOne(server, nowMono))]
    for (const { serverId } of servers.filter(isThere)) {
      const { state, sinceMono } = this.#known.get(serverId) ?? { state: 'unknown', sinceMono: 0 }
      if (state !== 'stopping' || nowMono - sinceMono <= bounds.stopMs) continue
      this.#known.set(serverId, { state: 'running', sinceMono: nowMono })
      news.push({ kind: 'stayed', serverId })
    }
    for (const [key, { state, sinceMono }] of [...this.#known]) {
      const serverId = key === ANY ? null : key
      if (state !== 'starting' || nowMono - sinceMono <= bounds.startMs(serverId)) continue
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

  #observeOne(server: GpuServer, nowMono: number): PowerNews[] {
    const { serverId } = server
    const before = this.#known.get(serverId)
    const wasThere = before?.state === 'running' || before?.state === 'stopping'
    if (isThere(server)) {
      if (wasThere) return []
      const asked = before?.state === 'starting' ? before : this.#known.get(ANY)
      this.#known.delete(ANY)
      this.#known.set(serverId, { state: 'running', sinceMono: nowMono })
      return [{ kind: 'arrived', serverId, afterMs: asked === undefined ? null : nowMono - asked.sinceMono }]
    }
    if (!wasThere) {
      if (before === undefined) this.#known.set(serverId, { state: 'unknown', sinceMono: nowMono })
      return []
    }
    const wasTurnedOff = before.state === 'stopping'
    this.#known.set(serverId, { state: wasTurnedOff ? 'stopped' : 'unknown', sinceMono: nowMono })
    return [{ kind: 'left', serverId, wasTurnedOff }]
  }
}

/** Connected, however silent: a suspect server is not one that is off. */
export function isThere(server: GpuServer): boolean {
  return server.state !== 'offline'
}
