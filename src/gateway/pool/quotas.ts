import { KeyedLock } from './keyedLock.ts'
import { makeRoom } from './retention.ts'
import type { RetentionDeps } from './retention.ts'
import { overQuota } from './space.ts'

const SEARCH_AGAIN_MS = 10_000

export interface QuotaDeps {
  readonly retention: RetentionDeps
  /** Bytes of a tenant's uploads that were announced and not ended. */
  readonly openBytes: (tenant: string) => number
}

/**
 * Keeps tenants within their quota. A search for what can go walks over all files of a tenant: one at a time, and not
 * again for a while when it found nothing, or whoever uploads too much would keep the process from everybody else.
 */
export class Quotas {
  readonly #deps: QuotaDeps
  readonly #locks = new KeyedLock()
  readonly #searchAgainMono = new Map<string, number>()
  /** Promised to files that are being received. */
  readonly #promisedBytes = new Map<string, number>()

  constructor(deps: QuotaDeps) {
    this.#deps = deps
  }

  /**
   * Makes room by what was not used longest, and promises it; the answer gives back the promise, when the file is in the
   * pool or will not come. Throws QUOTA when it cannot fit; then nothing goes. What is on its way in counts as if it were
   * there: many files that fit one by one may not fit together.
   */
  async promise(tenant: string, sizeBytes: number): Promise<() => void> {
    const { quotaBytes } = this.#deps.retention.limits()
    if (quotaBytes !== null) {
      // Between the making of room and the promise somebody else may have been promised it.
      do {
        await this.#makeFit(tenant, sizeBytes, quotaBytes)
      } while (!this.#fits(tenant, sizeBytes, quotaBytes))
    }
    this.#promisedBytes.set(tenant, this.#promised(tenant) + sizeBytes)
    let isKept = true
    return () => {
      if (!isKept) return
      isKept = false
      const leftBytes = this.#promised(tenant) - sizeBytes
      if (leftBytes > 0) this.#promisedBytes.set(tenant, leftBytes)
      else this.#promisedBytes.delete(tenant)
    }
  }

  async #makeFit(tenant: string, sizeBytes: number, quotaBytes: number): Promise<void> {
    if (this.#fits(tenant, sizeBytes, quotaBytes)) return
    if (sizeBytes + this.#onItsWay(tenant) > quotaBytes) throw overQuota()
    await this.#locks.run(tenant, async () => {
      if (this.#fits(tenant, sizeBytes, quotaBytes)) return
      const nowMono = this.#deps.retention.clock.monotonic()
      if (nowMono < (this.#searchAgainMono.get(tenant) ?? 0)) throw overQuota()
      this.#searchAgainMono.delete(tenant)
      if (await makeRoom(this.#deps.retention, tenant, sizeBytes + this.#onItsWay(tenant), quotaBytes)) return
      this.#searchAgainMono.set(tenant, nowMono + SEARCH_AGAIN_MS)
      throw overQuota()
    })
  }

  #fits(tenant: string, sizeBytes: number, quotaBytes: number): boolean {
    return this.#deps.retention.index.usedBytes(tenant) + sizeBytes + this.#onItsWay(tenant) <= quotaBytes
  }

  #onItsWay(tenant: string): number {
    return this.#deps.openBytes(tenant) + this.#promised(tenant)
  }

  #promised(tenant: string): number {
    return this.#promisedBytes.get(tenant) ?? 0
  }
}
