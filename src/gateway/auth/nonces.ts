import { randomHex } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'

/** Longer than any socket may stay unauthenticated. */
const NONCE_LIFE_MS = 60_000
/** More open handshakes than sockets exist; the oldest is dropped first. */
const MAX_NONCES = 10_000

/** Nonces given out and not used yet. */
export class Nonces {
  readonly #clock: Clock
  readonly #givenAt = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  give(): string {
    this.#dropOld()
    const nonce = randomHex(32)
    this.#givenAt.set(nonce, this.#clock.monotonic())
    return nonce
  }

  /** True once for a nonce that was given and is still young. */
  use(nonce: string): boolean {
    const givenAt = this.#givenAt.get(nonce)
    if (givenAt === undefined) return false
    this.#givenAt.delete(nonce)
    return this.#clock.monotonic() - givenAt <= NONCE_LIFE_MS
  }

  /** A map keeps the order of insertion, so the oldest come first. */
  #dropOld(): void {
    const now = this.#clock.monotonic()
    for (const [nonce, givenAt] of this.#givenAt) {
      if (now - givenAt <= NONCE_LIFE_MS && this.#givenAt.size < MAX_NONCES) return
      this.#givenAt.delete(nonce)
    }
  }
}
