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
  /** What was remembered outside the database is wrong now. */
  readonly rolledBack: () => void
}

/**
 * Writes that were asked for in one turn of the event loop share one transaction, and so one fsync. Each caller is
 * answered after the commit; changes are announced after it too, in the order they were made.
 */
export class GroupCommit<C> {
  readonly #deps: GroupCommitDeps<C>
  #waiting: Write<C>[] = []
  #isClosed = false

  constructor(deps: GroupCommitDeps<C>) {
    this.#deps = deps
  }

  /** `work` is synchronous and runs a second time when its group was rolled back because of a neighbour. */
  write<T>(work: (changes: C[]) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed) {
        reject(new AppError('SHUTTING_DOWN', { message: 'the queue is closed', retryable: true }))
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
      if (this.#waiting.length === 1)
        setImmediate(() => {
          this.#flush()
        })
    })
  }

  /** Commits what waits; later writes are refused. */
  close(): void {
    this.#flush()
    this.#isClosed = true
  }

  #flush(): void {
    const group = this.#waiting
    this.#waiting = []
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

  #commit(group: readonly Write<C>[], onError?: (error: unknown) => void): readonly Done<C>[] | undefined {
    try {
      return this.#deps.db.transaction(() => group.map((write) => write.work()))
    } catch (error) {
      this.#deps.rolledBack()
      onError?.(error)
      return undefined
    }
  }

  #answer(done: readonly Done<C>[]): void {
    for (const result of done) result.committed()
    this.#deps.announce(done.flatMap((result) => result.changes))
  }
}
