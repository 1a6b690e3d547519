import type { LeaseRef } from '../../protocol/dsp/index.ts'
import type { StoredTask } from '../queue/port.ts'

/** A live lease as this process knows it. `token` is missing when only the store's change was seen. */
export interface HeldLease {
  readonly task: StoredTask
  readonly workerId: string
  readonly token: string | undefined
}

const LIVE: ReadonlySet<StoredTask['state']> = new Set(['leased', 'running', 'cancelling'])

/**
 * Which worker holds which task, kept from the queue's own changes so that credit is known without asking the store.
 * Never the truth: the store decides every write.
 */
export class HeldLeases {
  readonly #byTask = new Map<string, HeldLease>()
  readonly #onCount: (workerId: string, held: number) => void

  constructor(onCount: (workerId: string, held: number) => void) {
    this.#onCount = onCount
  }

  /**
   * Adds the token of a lease just given, whose change was observed. False when the lease is over already: a cancel in
   * the same commit is seen before the caller of the lease goes on.
   */
  confirm(task: StoredTask, token: string): boolean {
    const known = this.#byTask.get(task.id)
    if (known?.task.epoch !== task.epoch) return false
    this.#set({ ...known, token })
    return true
  }

  /** A live lease that its worker told of; the change that made it was not seen by this process. */
  resume(task: StoredTask, token: string): void {
    const known = this.#byTask.get(task.id)
    if (known !== undefined && known.task.version > task.version) return
    if (LIVE.has(task.state) && task.workerId !== null) this.#set({ task, workerId: task.workerId, token })
  }

  /** Follows a stored change; answers the entry as it was before. */
  observe(task: StoredTask): HeldLease | undefined {
    const before = this.#byTask.get(task.id)
    if (before !== undefined && before.task.version > task.version) return before
    if (LIVE.has(task.state) && task.workerId !== null) {
      const token = before?.task.epoch === task.epoch ? before.token : undefined
      this.#set({ task, workerId: task.workerId, token })
      if (before !== undefined && before.workerId !== task.workerId) this.#count(before.workerId)
    } else if (before !== undefined) {
      this.#byTask.delete(task.id)
      this.#count(before.workerId)
    }
    return before
  }

  find(taskId: string): HeldLease | undefined {
    return this.#byTask.get(taskId)
  }

  of(workerId: string): readonly HeldLease[] {
    return [...this.#byTask.values()].filter((lease) => lease.workerId === workerId)
  }

  /** Leases of `workerId` that it has not accepted yet and that this process may hand back. */
  unaccepted(workerId: string): readonly LeaseRef[] {
    return this.of(workerId).flatMap(({ task, token }) =>
      task.state === 'leased' && token !== undefined ? [{ task_id: task.id, epoch: task.epoch, token }] : [],
    )
  }

  #set(lease: HeldLease): void {
    this.#byTask.set(lease.task.id, lease)
    this.#count(lease.workerId)
  }

  #count(workerId: string): void {
    this.#onCount(workerId, this.of(workerId).length)
  }
}
