import type { Clock } from '../../../shared/index.ts'

interface Bucket {
  tokens: number
  refilledMono: number
}

const MAX_BUCKETS = 10_000

/** One bucket per key: `burst` at once, then `perMinute`. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>()
  readonly #clock: Clock
  readonly #perMs: number
  readonly #burst: number

  constructor(clock: Clock, perMinute: number, burst: number) {
    this.#clock = clock
    this.#perMs = perMinute / 60_000
    this.#burst = burst
  }

  /** Takes one token. 0 when there was one, else the time in ms until there will be. */
  take(key: string): number {
    const bucket = this.#refill(key)
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#perMs)
    bucket.tokens -= 1
    return 0
  }

  #refill(key: string): Bucket {
    const nowMono = this.#clock.monotonic()
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, refilledMono: nowMono }
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (nowMono - bucket.refilledMono) * this.#perMs)
    bucket.refilledMono = nowMono
    // Newest last, so that a flood of keys drops the oldest instead of growing.
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > MAX_BUCKETS) this.#dropOldest()
    return bucket
  }

  #dropOldest(): void {
    const [oldest] = this.#buckets.keys()
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}
