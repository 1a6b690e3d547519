interface Refusal {
  readonly workers: Set<string>
  count: number
}

/** So many refusals for good, and it is not tried again. */
const ENOUGH = 10

/**
 * Tasks that workers refused for good (a type they do not know, and not for want of room). In memory only: after a
 * restart they are counted anew.
 */
export class Refusals {
  readonly #byTask = new Map<string, Refusal>()

  /** True when it is time to give up: enough refusals, and nobody of `ableWorkerIds` is left to be asked. */
  note(taskId: string, workerId: string, ableWorkerIds: readonly string[]): boolean {
    const refusal = this.#byTask.get(taskId) ?? { workers: new Set<string>(), count: 0 }
    this.#byTask.set(taskId, refusal)
    refusal.workers.add(workerId)
    refusal.count += 1
    return refusal.count >= ENOUGH && ableWorkerIds.every((able) => refusal.workers.has(able))
  }

  count(taskId: string): number {
    return this.#byTask.get(taskId)?.count ?? 0
  }

  /** It was accepted, or has ended. */
  forget(taskId: string): void {
    this.#byTask.delete(taskId)
  }
}
