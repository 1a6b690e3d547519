import type { Auth, Principal } from './port.ts'

interface OpenSocket {
  readonly principal: Principal
  readonly close: () => void
}

export interface TenantSocketsDeps {
  readonly keys: Pick<Auth['keys'], 'onRevoked'>
  /** Asked at each new socket. */
  readonly maxPerTenant: () => number
}

/**
 * The sockets of tenants that are open now, whichever door they came through: Socket.IO, progress of one task, and
 * clients on `/dsp`. A key that is revoked loses all of its own at once.
 */
export class TenantSockets {
  readonly #deps: TenantSocketsDeps
  readonly #byTenant = new Map<string, Set<OpenSocket>>()
  readonly #stop: () => void

  constructor(deps: TenantSocketsDeps) {
    this.#deps = deps
    this.#stop = deps.keys.onRevoked((keyId) => {
      this.#closeAllOf(keyId)
    })
  }

  /** `close` is called when the key is revoked. Answers what to call once the socket is closed; undefined: too many. */
  add(principal: Principal, close: () => void): (() => void) | undefined {
    const open = this.#byTenant.get(principal.tenant) ?? new Set()
    if (open.size >= this.#deps.maxPerTenant()) return undefined
    const socket: OpenSocket = { principal, close }
    this.#byTenant.set(principal.tenant, open.add(socket))
    return () => {
      open.delete(socket)
      // Only the set that is still in use: a tenant that came back meanwhile has another.
      if (open.size === 0 && this.#byTenant.get(principal.tenant) === open) this.#byTenant.delete(principal.tenant)
    }
  }

  countOf(tenant: string): number {
    return this.#byTenant.get(tenant)?.size ?? 0
  }

  stop(): void {
    this.#stop()
  }

  #closeAllOf(keyId: string): void {
    const all = [...this.#byTenant.values()].flatMap((open) => [...open])
    for (const { principal, close } of all) if (principal.keyId === keyId) close()
  }
}
