import type { GatewayFrame, LeaseRef } from '../../protocol/dsp/index.ts'
import { faultPoint } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { Auth } from '../auth/port.ts'
import type { Applied, Lease, QueuePort } from '../queue/port.ts'
import type { HeldLeases } from './heldLeases.ts'
import { jobOf } from './jobFrame.ts'
import type { WorkerLink } from './workerLink.ts'

export interface DeliveryDeps {
  readonly queue: Pick<QueuePort, 'release'>
  readonly auth: Auth
  readonly log: Logger
  readonly leaseMs: number
  readonly held: HeldLeases
  /** A worker's connection; undefined when it has none, or when nothing may start there any more. */
  readonly openLink: (workerId: string) => WorkerLink | undefined
  /** A connection took no frame: its end will be told in a moment. */
  readonly onClosed: (link: WorkerLink) => void
}

/** Brings leases to their worker, or back to the queue. */
export class Delivery {
  readonly #deps: DeliveryDeps
  /** Tasks this side is putting back itself, for which nobody is to blame. */
  readonly #handingBack = new Set<string>()

  constructor(deps: DeliveryDeps) {
    this.#deps = deps
  }

  isHandingBack(taskId: string): boolean {
    return this.#handingBack.has(taskId)
  }

  /**
   * One frame for one job, one batch for several. What cannot be sent, or may not any more, is handed back at once;
   * false then, and there is no use in leasing more for this worker.
   */
  async deliver(workerId: string, leases: readonly Lease[]): Promise<boolean> {
    const live = leases.filter((lease) => this.#deps.held.confirm(lease.task, lease.token))
    if (live.length === 0) return true
    const link = this.#deps.openLink(workerId)
    if (link !== undefined && this.#trySend(link, live)) return true
    await this.handBack(workerId, live.map(refOf))
    return false
  }

  /** What a worker was given and has not accepted goes back. */
  takeBack(workerId: string): Promise<void> {
    return this.handBack(workerId, this.#deps.held.unaccepted(workerId))
  }

  /** Puts one back without a word against the worker. */
  async release(workerId: string, ref: LeaseRef): Promise<Applied> {
    this.#handingBack.add(ref.task_id)
    try {
      return await this.#deps.queue.release(ref, workerId)
    } finally {
      this.#handingBack.delete(ref.task_id)
    }
  }

  /** Without a word against the worker. */
  async handBack(workerId: string, refs: readonly LeaseRef[]): Promise<void> {
    await Promise.all(refs.map((ref) => this.#putBack(workerId, ref)))
  }

  #trySend(link: WorkerLink, leases: readonly Lease[]): boolean {
    try {
      faultPoint('dispatch.before_send')
      const isSent = link.send(this.#frameOf(leases))
      if (!isSent) this.#deps.onClosed(link)
      faultPoint('dispatch.after_send')
      return isSent
    } catch (error) {
      this.#deps.log.error('a job could not be sent', { server: link.serverId, error })
      return false
    }
  }

  #frameOf(leases: readonly Lease[]): GatewayFrame {
    const jobs = leases.map((lease) => jobOf(lease, this.#deps.auth, this.#deps.leaseMs))
    const [first] = jobs
    return jobs.length === 1 && first !== undefined
      ? { type: 'gpu.job.submit', ...first }
      : { type: 'gpu.job.dispatch.batch', version: '1.0', data: { jobs } }
  }

  async #putBack(workerId: string, ref: LeaseRef): Promise<void> {
    try {
      await this.release(workerId, ref)
    } catch (error) {
      // Its accept deadline brings it back; whoever hands back (a stop, a lost connection) has more to do.
      this.#deps.log.error('a job could not be put back', { task: ref.task_id, error })
    }
  }
}

export function refOf({ task, token }: Lease): LeaseRef {
  return { task_id: task.id, epoch: task.epoch, token }
}
