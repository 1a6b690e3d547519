import type { Auth, Principal } from './port.ts'

/** Whose it is, and which key opened it. */
type Owner = Pick<Principal, 'tenant' | 'keyId'>

interface OpenConnection {
  readonly owner: Owner
  readonly close: () => void
}

export interface TenantConnectionsDeps {
  readonly keys: Pick<Auth['keys'], 'onRevoked'>
  /** Asked at each new one. */
  readonly maxPerTenant: () => number
}

/** Connections of one sort that tenants hold at this moment. A key that is revoked loses all of its own at once. */
export class TenantConnections {
  readonly #deps: TenantConnectionsDeps
  readonly #byTenant = new Map<string, Set<OpenConnection>>()
  readonly #stop: () => void

  constructor(deps: TenantConnectionsDeps) {
    this.#deps = deps
    this.#stop = deps.keys.onRevoked((keyId) => {
      this.#closeAllOf(keyId)
    })
  }

  /** `close` is called when the key is revoked. Answers what to call once it is closed; undefined: too many. */
  add(owner: Owner, close: () => void): (() => void) | undefined {
    const open = this.#byTenant.get(owner.tenant) ?? new Set()
    if (open.size >= this.#deps.maxPerTenant()) return undefined
    const connection: OpenConnection = { owner, close }
    this.#byTenant.set(owner.tenant, open.add(connection))
    return () => {
      open.delete(connection)
      // Only the set that is still in use: a tenant that came back meanwhile has another.
      if (open.size === 0 && this.#byTenant.get(owner.tenant) === open) this.#byTenant.delete(owner.tenant)
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
    for (const { owner, close } of all) if (owner.keyId === keyId) close()
  }
}
