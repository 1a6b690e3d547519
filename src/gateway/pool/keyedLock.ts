/** One holder per key at a time, in the order of asking. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<undefined>>()

  /** Resolves when the key is free; the answer gives it back and may be called twice. */
  async acquire(key: string): Promise<() => void> {
    const before = this.#tails.get(key)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#tails.set(key, promise)
    await before
    return () => {
      if (this.#tails.get(key) === promise) this.#tails.delete(key)
      resolve(undefined)
    }
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const release = await this.acquire(key)
    try {
      return await work()
    } finally {
      release()
    }
  }
}
