const MAX_TENANTS = 10_000

/** Which worker last got a task of each tenant: its cache may still have that tenant's inputs. The newest are kept. */
export class Homes {
  readonly #byTenant = new Map<string, string>()

  of(tenant: string): string | null {
    return this.#byTenant.get(tenant) ?? null
  }

  set(tenant: string, workerId: string): void {
    // Taken out first, so that the order of the map is the order of use.
    this.#byTenant.delete(tenant)
    this.#byTenant.set(tenant, workerId)
    if (this.#byTenant.size <= MAX_TENANTS) return
    const [oldest] = this.#byTenant.keys()
    if (oldest !== undefined) this.#byTenant.delete(oldest)
  }
}
