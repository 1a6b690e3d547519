import type { ServerNoteCode } from '../../protocol/admin/index.ts'

interface WorkerLives {
  /** Boot ids whose place a newer life took while they were connected, the newest last. */
  readonly replaced: readonly string[]
  /** Who left last, when, and what was doubted of it. */
  readonly left: { readonly bootId: string; readonly atMs: number; readonly doubt: ServerNoteCode | null } | undefined
}

const NOTHING: WorkerLives = { replaced: [], left: undefined }
const MAX_REPLACED = 16

/**
 * Processes that called themselves the same worker, told apart by their boot ids. One that lives on after a newer one
 * took its place is a twin with a copied data folder: let in again, the two would take each other's tasks in turns.
 * Times are monotonic.
 */
export class Lives {
  readonly #byWorker = new Map<string, WorkerLives>()

  /** Whether it has to stay out: the newer one is `connectedBootId`, or left less than `absenceMs` ago. */
  isTwin(
    workerId: string,
    bootId: string,
    connectedBootId: string | undefined,
    absence: { readonly nowMs: number; readonly absenceMs: number },
  ): boolean {
    const { replaced, left } = this.#byWorker.get(workerId) ?? NOTHING
    if (!replaced.includes(bootId)) return false
    if (connectedBootId !== undefined) return connectedBootId !== bootId
    return left !== undefined && left.bootId !== bootId && absence.nowMs - left.atMs <= absence.absenceMs
  }

  /** It joins, in the place of `connectedBootId` where that is there. Answers what was doubted of this same life. */
  join(workerId: string, bootId: string, connectedBootId: string | undefined): ServerNoteCode | null {
    const { replaced, left } = this.#byWorker.get(workerId) ?? NOTHING
    const others = replaced.filter((one) => one !== bootId)
    const isReplaced = connectedBootId !== undefined && connectedBootId !== bootId
    const kept = isReplaced ? [...others, connectedBootId].slice(-MAX_REPLACED) : others
    this.#byWorker.set(workerId, { replaced: kept, left: undefined })
    return left?.bootId === bootId ? left.doubt : null
  }

  leave(workerId: string, bootId: string, atMs: number, doubt: ServerNoteCode | null): void {
    const { replaced } = this.#byWorker.get(workerId) ?? NOTHING
    this.#byWorker.set(workerId, { replaced, left: { bootId, atMs, doubt } })
  }

  forget(workerId: string): void {
    this.#byWorker.delete(workerId)
  }
}
