import { createEmitter } from '../../shared/index.ts'

/** Which files of the cache are in use, and by how many. */
export class Pins {
  readonly #counts = new Map<string, number>()
  readonly #released = createEmitter<string>()

  has(name: string): boolean {
    return this.#counts.has(name)
  }

  /** The answer gives the file back; idempotent. */
  pin(name: string): () => void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      const left = (this.#counts.get(name) ?? 1) - 1
      if (left > 0) this.#counts.set(name, left)
      else this.#counts.delete(name)
      if (left === 0) this.#released.emit(name)
    }
  }

  /** Resolves when a file gets free, or when the signal has aborted. */
  async nextRelease(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const wake = (): void => {
      resolve(undefined)
    }
    const leave = this.#released.on(wake)
    signal.addEventListener('abort', wake, { once: true })
    if (!signal.aborted) await promise
    signal.removeEventListener('abort', wake)
    leave()
  }
}
