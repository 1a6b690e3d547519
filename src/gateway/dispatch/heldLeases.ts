import type { LeaseRef } from '../../protocol/dsp/index.ts'
import { LEASED_STATES } from '../../protocol/task/index.ts'
import { isErrand } from '../queue/errand.ts'
import type { StoredTask } from '../queue/port.ts'

/** A live lease as this process knows it. `token` is missing when only the store's change was seen. */
export interface HeldLease {
  readonly task: StoredTask
  readonly workerId: string
  readonly token: string | undefined
}

/** Of one worker. */
export interface HeldCounts {
  /** What fills its slots. */
  readonly runs: number
  /** Files it is forgetting, which fill none. */
  readonly removals: number
}

const NOTHING: ReadonlyMap<string, HeldLease> = new Map()

/**
 * Which worker holds which task, kept from the queue's own changes so that credit is known without asking the store.
 * Never the truth: the store decides every write.
 */
export class HeldLeases {
  readonly #byTask = new Map<string, HeldLease>()
  readonly #byWorker = new Map<string, Map<string, HeldLease>>()
  readonly #onCount: (workerId: string, runs: number) => void

  constructor(onCount: (workerId: string, runs: number) => void) {
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
    if (LEASED_STATES.includes(task.state) && task.workerId !== null)
      this.#set({ task, workerId: task.workerId, token })
  }

  /** Follows a stored change; answers the entry as it was before. */
  observe(task: StoredTask): HeldLease | undefined {
    const before = this.#byTask.get(task.id)
    if (before !== undefined && before.task.version > task.version) return before
    if (LEASED_STATES.includes(task.state) && task.workerId !== null) {
      const token = before?.task.epoch === task.epoch ? before.token : undefined
      this.#set({ task, workerId: task.workerId, token })
    } else if (before !== undefined) {
      this.#drop(before)
    }
    return before
  }

  find(taskId: string): HeldLease | undefined {
    return this.#byTask.get(taskId)
  }

  of(workerId: string): readonly HeldLease[] {
    return [...this.#leasesOf(workerId).values()]
  }

  count(workerId: string): HeldCounts {
    const leases = this.#leasesOf(workerId)
    let removals = 0
    for (const { task } of leases.values()) if (isErrand(task)) removals += 1
    return { runs: leases.size - removals, removals }
  }

  /** It runs a task under which a worker vanished before: nothing else may run beside that. */
  isAlone(workerId: string): boolean {
    for (const { task } of this.#leasesOf(workerId).values()) if (task.stalls > 0) return true
    return false
  }

  /** Leases of `workerId` that it has not accepted yet and that this process may hand back. */
  unaccepted(workerId: string): readonly LeaseRef[] {
    return this.of(workerId).flatMap(({ task, token }) =>
      task.state === 'leased' && token !== undefined ? [{ task_id: task.id, epoch: task.epoch, token }] : [],
    )
  }

  #leasesOf(workerId: string): ReadonlyMap<string, HeldLease> {
    return this.#byWorker.get(workerId) ?? NOTHING
  }

  #set(lease: HeldLease): void {
    const before = this.#byTask.get(lease.task.id)
    if (before !== undefined && before.workerId !== lease.workerId) this.#drop(before)
    this.#byTask.set(lease.task.id, lease)
    const leases = this.#byWorker.get(lease.workerId) ?? new Map<string, HeldLease>()
    this.#byWorker.set(lease.workerId, leases.set(lease.task.id, lease))
    this.#onCount(lease.workerId, this.count(lease.workerId).runs)
  }

  #drop(lease: HeldLease): void {
    this.#byTask.delete(lease.task.id)
    const leases = this.#byWorker.get(lease.workerId)
    leases?.delete(lease.task.id)
    if (leases?.size === 0) this.#byWorker.delete(lease.workerId)
    this.#onCount(lease.workerId, this.count(lease.workerId).runs)
  }
}
