/** A typed list of listeners. `on` returns the way to leave again. */
export interface Emitter<T> {
  on(listener: (value: T) => void): () => void
  emit(value: T): void
  readonly listenerCount: number
}

export function createEmitter<T>(): Emitter<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    on(listener) {
      // A wrapper of its own, so that one function may listen twice and leave twice.
      const entry = (value: T): void => {
        listener(value)
      }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    emit(value) {
      for (const listener of [...listeners]) listener(value)
    },
    get listenerCount() {
      return listeners.size
    },
  }
}
