import { createEmitter } from '../../shared/index.ts'

/** How much of a file is here, told to all who wait for it: one of them fetches it. */
export class Arrivals {
  readonly #told = createEmitter<{ readonly name: string; readonly bytes: number }>()

  tell(name: string, bytes: number): void {
    this.#told.emit({ name, bytes })
  }

  /** Answers how to leave. */
  watch(name: string, listener: (bytes: number) => void = () => undefined): () => void {
    return this.#told.on((told) => {
      if (told.name === name) listener(told.bytes)
    })
  }
}
