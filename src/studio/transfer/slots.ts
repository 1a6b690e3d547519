export interface Slots {
  /** Resolves with the way to give the slot back (idempotent); rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>
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
