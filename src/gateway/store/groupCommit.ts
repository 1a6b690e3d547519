import type { Database } from '../../shared/node/index.ts'
import { AppError } from '../../shared/index.ts'

interface Done<C> {
  readonly committed: () => void
  readonly changes: readonly C[]
}

interface Write<C> {
  readonly work: () => Done<C>
  readonly reject: (error: unknown) => void
}

interface GroupCommitDeps<C> {
  readonly db: Database
  /** After the commit, in the order the changes were made. */
  readonly announce: (changes: readonly C[]) => void
  /** What was remembered outside the database is wrong now. When it throws, it is called again before the next write. */
  readonly rolledBack: () => void
  /** A flood of writes is cut into groups of so many, with room for everything else between two. */
  readonly maxGroup?: number
}

const MAX_GROUP = 256

/**
 * Writes that were asked for in one turn of the event loop share one transaction, and so one fsync. Each caller is
 * answered after the commit; changes are announced after it too, in the order they were made.
 */
export class GroupCommit<C> {
  readonly #deps: GroupCommitDeps<C>
  #waiting: Write<C>[] = []
  #isClosed = false
  #isStale = false

  constructor(deps: GroupCommitDeps<C>) {
    this.#deps = deps
  }

  /** `work` is synchronous and runs a second time when its group was rolled back because of a neighbour. */
  write<T>(work: (changes: C[]) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed) {
        reject(new AppError('SHUTTING_DOWN', { message: 'the gateway is closing', retryable: true }))
        return
      }
      const run = (): Done<C> => {
        const changes: C[] = []
        const answer = work(changes)
        return {
          changes,
          committed: () => {
            resolve(answer)
          },
        }
      }
      this.#waiting.push({ work: run, reject })
      if (this.#waiting.length === 1) this.#schedule()
    })
  }

  /** Commits what waits; later writes are refused. */
  close(): void {
    while (this.#waiting.length > 0) this.#flush()
    this.#isClosed = true
  }

  #schedule(): void {
    setImmediate(() => {
      this.#flush()
      if (this.#waiting.length > 0) this.#schedule()
    })
  }

  #flush(): void {
    const group = this.#waiting.splice(0, this.#deps.maxGroup ?? MAX_GROUP)
    if (group.length === 0) return
    const done = this.#commit(group)
    if (done !== undefined) {
      this.#answer(done)
      return
    }
    // One bad write must not fail its neighbours: rolled back together, they are tried one by one.
    for (const write of group) {
      const single = this.#commit([write], write.reject)
      if (single !== undefined) this.#answer(single)
    }
  }

  /** Nothing escapes from here: it runs from the event loop, where an error would end the process. */
  #commit(group: readonly Write<C>[], onError?: (error: unknown) => void): readonly Done<C>[] | undefined {
    try {
      this.#restore()
      return this.#deps.db.transaction(() => group.map((write) => write.work()))
    } catch (error) {
      this.#isStale = true
      onError?.(error)
      this.#tryRestore()
      return undefined
    }
  }

  /** A disk that fails also fails the reading of what is remembered: no write goes on before that is right again. */
  #restore(): void {
    if (!this.#isStale) return
    this.#deps.rolledBack()
    this.#isStale = false
  }

  #tryRestore(): void {
    try {
      this.#restore()
    } catch {
      // Tried again before the next write, whose caller is told when it fails still.
    }
  }

  #answer(done: readonly Done<C>[]): void {
    for (const result of done) result.committed()
    this.#deps.announce(done.flatMap((result) => result.changes))
  }
}
