import type { Lock, Locker } from '@tus/server'
import { KeyedLock } from '../keyedLock.ts'

/** Gives a lock back; a second call does nothing. */
export type Unlock = () => void

/**
 * One request per upload at a time. Whoever comes asks the holder to stop: after a broken connection that is the same
 * client, and its old request only waits for bytes that never come. A publish is not stopped, it is waited for.
 */
export class UploadLocks implements Locker {
  readonly #locks = new KeyedLock()
  readonly #holders = new Map<string, () => void>()

  async acquire(id: string, stop: () => void): Promise<Unlock> {
    this.#holders.get(id)?.()
    const release = await this.#locks.acquire(id)
    this.#holders.set(id, stop)
    return () => {
      if (this.#holders.get(id) === stop) this.#holders.delete(id)
      release()
    }
  }

  newLock(id: string): Lock {
    let unlock: Unlock | undefined
    return {
      lock: async () => {
        unlock = await this.acquire(id, () => undefined)
      },
      unlock: async () => {
        unlock?.()
      },
    }
  }
}
