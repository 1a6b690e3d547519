import { KeyedLock } from './keyedLock.ts'
import { makeRoom } from './retention.ts'
import type { RetentionDeps } from './retention.ts'
import { overQuota } from './space.ts'

const SEARCH_AGAIN_MS = 10_000

/**
 * Keeps tenants within their quota. A search for what can go walks over all files of a tenant: one at a time, and not
 * again for a while when it found nothing, or whoever uploads too much would keep the process from everybody else.
 */
export class Quotas {
  readonly #retention: RetentionDeps
  readonly #locks = new KeyedLock()
  readonly #searchAgainMono = new Map<string, number>()

  constructor(retention: RetentionDeps) {
    this.#retention = retention
  }

  /** Makes room by what was not used longest. Throws QUOTA when `neededBytes` more cannot fit; then nothing goes. */
  async assertFits(tenant: string, neededBytes: number, quotaBytes: number): Promise<void> {
    if (this.#fits(tenant, neededBytes, quotaBytes)) return
    if (neededBytes > quotaBytes) throw overQuota()
    await this.#locks.run(tenant, async () => {
      if (this.#fits(tenant, neededBytes, quotaBytes)) return
      const nowMono = this.#retention.clock.monotonic()
      if (nowMono < (this.#searchAgainMono.get(tenant) ?? 0)) throw overQuota()
      this.#searchAgainMono.delete(tenant)
      if (await makeRoom(this.#retention, tenant, neededBytes, quotaBytes)) return
      this.#searchAgainMono.set(tenant, nowMono + SEARCH_AGAIN_MS)
      throw overQuota()
    })
  }

  #fits(tenant: string, neededBytes: number, quotaBytes: number): boolean {
    return this.#retention.index.usedBytes(tenant) + neededBytes <= quotaBytes
  }
}
