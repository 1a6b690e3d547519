import type { Clock } from '../../shared/index.ts'

interface Bucket {
  tokens: number
  refilledMono: number
}

export interface Rate {
  readonly perMinute: number
  /** So many at once after a quiet time. */
  readonly burst: number
}

const MAX_BUCKETS = 10_000

/** One bucket per key. The rate is asked for at each take, for operators change it. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>()
  readonly #clock: Clock
  readonly #rate: () => Rate

  constructor(clock: Clock, rate: () => Rate) {
    this.#clock = clock
    this.#rate = rate
  }

  /** Takes one token. 0 when there was one, else the time in ms until there will be. */
  take(key: string): number {
    const { perMinute, burst } = this.#rate()
    const perMs = perMinute / 60_000
    const bucket = this.#refill(key, perMs, burst)
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perMs)
    bucket.tokens -= 1
    return 0
  }

  #refill(key: string, perMs: number, burst: number): Bucket {
    const nowMono = this.#clock.monotonic()
    const bucket = this.#buckets.get(key) ?? { tokens: burst, refilledMono: nowMono }
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMono - bucket.refilledMono) * perMs)
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
