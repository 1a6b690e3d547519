export interface Slots {
  /** Resolves with the way to give the slot back (idempotent); rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>
}

export interface Turns {
  /** Like a slot; one holder per key. */
  acquire(key: string, signal: AbortSignal): Promise<() => void>
  /** Keys that are held or waited for. */
  readonly size: number
}

/** One holder per key at once, first come first served. A key that nobody wants any more is forgotten. */
export function createTurns(): Turns {
  const turns = new Map<string, { readonly slots: Slots; wanted: number }>()
  return {
    async acquire(key, signal) {
      const turn = turns.get(key) ?? { slots: createSlots(1), wanted: 0 }
      turns.set(key, turn)
      turn.wanted += 1
      const leave = (): void => {
        turn.wanted -= 1
        if (turn.wanted === 0) turns.delete(key)
      }
      try {
        const giveBack = await turn.slots.acquire(signal)
        let isHeld = true
        return () => {
          if (!isHeld) return
          isHeld = false
          giveBack()
          leave()
        }
      } catch (reason) {
        leave()
        throw reason
      }
    },
    get size() {
      return turns.size
    },
  }
}

/** At most `count` holders at once, first come first served. */
export function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  const release = (): void => {
    const wake = waiting.shift()
    if (wake === undefined) free += 1
    else wake()
  }
  const once = (): (() => void) => {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      release()
    }
  }
  return {
    acquire(signal) {
      if (signal.aborted) return Promise.reject(signal.reason as Error)
      if (free > 0) {
        free -= 1
        return Promise.resolve(once())
      }
      return new Promise((resolve, reject) => {
        const wake = (): void => {
          signal.removeEventListener('abort', leave)
          resolve(once())
        }
        const leave = (): void => {
          waiting.splice(waiting.indexOf(wake), 1)
          reject(signal.reason as Error)
        }
        signal.addEventListener('abort', leave, { once: true })
        waiting.push(wake)
      })
    },
  }
}
