/** One read for everybody who asks in the same turn. */
export function sharedRead<V>(read: () => Promise<V>): () => Promise<V> {
  let current: Promise<V> | undefined
  return () => {
    current ??= read().finally(() => {
      current = undefined
    })
    return current
  }
}
