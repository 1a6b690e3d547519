import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import type { GatewayFrame, LeaseRef } from '../../protocol/dsp/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { Auth } from '../auth/port.ts'
import type { Fleet } from '../fleet/port.ts'
import type { Applied, Lease, QueueChange, QueuePort, StoredTask } from '../queue/port.ts'
import { HeldLeases } from './heldLeases.ts'
import { jobOf } from './jobFrame.ts'
import type { Candidate, DispatchStrategy } from './strategy.ts'

/** A registered worker's live connection. */
export interface WorkerLink {
  readonly connectionId: number
  readonly workerId: string
  readonly serverId: string
  readonly taskTypes: readonly string[]
  /** False when the connection is gone; the frame was then not sent. */
  send(frame: GatewayFrame): boolean
  close(closeCode: number, reason: string): void
}

export interface DispatcherDeps {
  readonly queue: QueuePort
  readonly fleet: Fleet
  readonly auth: Auth
  readonly clock: Clock
  readonly log: Logger
  readonly leaseMs: number
  readonly penaltyMs: number
  readonly strategy: DispatchStrategy
}

/**
 * Gives queued tasks to workers, by pull: a task is leased only for a worker whose connection is here and which has
 * a free slot. One pass runs at a time; whoever needs an outcome awaits `kick()`.
 */
export class Dispatcher {
  readonly held: HeldLeases
  readonly #deps: DispatcherDeps
  readonly #links = new Map<string, WorkerLink>()
  readonly #fresh = new Set<string>()
  /** Worker → monotonic time until which it gets nothing. */
  readonly #penalties = new Map<string, number>()
  /** Tasks this side is putting back itself, for which nobody is to blame. */
  readonly #handingBack = new Set<string>()
  readonly #unsubscribe: () => void
  #lastServerId: string | null = null
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #isStopped = false

  constructor(deps: DispatcherDeps) {
    this.#deps = deps
    this.held = new HeldLeases((workerId, held) => {
      deps.fleet.setHeld(workerId, held)
    })
    this.#unsubscribe = deps.queue.onChange((change) => {
      this.#onChange(change)
    })
  }

  /** Resolves when a pass that began after this call has ended: the caller's task was tried. */
  kick(): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      if (this.#isStopped) return
      this.#running = this.#pass().catch((error: unknown) => {
        this.#deps.log.error('dispatch pass failed', { error })
      })
      return this.#running
    })
    return this.#next
  }

  /**
   * A worker registered; its backlog goes out first, as one batch. Of two connections of one worker the newer stays,
   * whichever of them got here first.
   */
  attach(link: WorkerLink): void {
    const other = this.#links.get(link.workerId)
    const isNewer = other === undefined || other.connectionId < link.connectionId
    const replaced = isNewer ? other : link
    replaced?.close(DSP_CLOSE.replaced, 'another connection of this worker is newer')
    if (!isNewer) return
    this.#links.set(link.workerId, link)
    this.#fresh.add(link.workerId)
    void this.kick()
  }

  link(workerId: string): WorkerLink | undefined {
    return this.#links.get(workerId)
  }

  /** A connection is gone: what it had not accepted goes back at once, what runs stays leased for its return. */
  async detach(link: WorkerLink): Promise<void> {
    if (this.#links.get(link.workerId)?.connectionId !== link.connectionId) return
    this.#links.delete(link.workerId)
    this.#fresh.delete(link.workerId)
    await this.#handBack(link.workerId, this.held.unaccepted(link.workerId))
    void this.kick()
  }

  /** A worker will not run a job: the task goes back and the worker is left alone for a while. */
  async reject(workerId: string, ref: LeaseRef): Promise<Applied> {
    this.#penalise(workerId)
    return this.#deps.queue.release(ref, workerId)
  }

  /** Gives no more leases and hands back those nobody accepted; running ones stay alive. */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    await this.#running
    for (const workerId of this.#links.keys()) await this.#handBack(workerId, this.held.unaccepted(workerId))
    this.#unsubscribe()
  }

  async #pass(): Promise<void> {
    for (const workerId of [...this.#fresh]) {
      if (this.#isStopped) return
      this.#fresh.delete(workerId)
      const candidate = this.#candidates().find((one) => one.workerId === workerId)
      if (candidate !== undefined) await this.#leaseFor(candidate, candidate.free)
    }
    let given: number
    do {
      given = 0
      for (const candidate of this.#deps.strategy(this.#candidates(), this.#lastServerId)) {
        if (this.#isStopped) return
        given += await this.#leaseFor(candidate, 1)
      }
    } while (given > 0)
  }

  #candidates(): readonly Candidate[] {
    const nowMono = this.#deps.clock.monotonic()
    return this.#deps.fleet.list().flatMap((server) => {
      const isAble = server.state === 'online' && server.engines.some((engine) => engine.ready)
      const isPunished = (this.#penalties.get(server.workerId) ?? 0) > nowMono
      const free = server.slots - this.held.of(server.workerId).length
      if (!isAble || isPunished || free <= 0 || !this.#links.has(server.workerId)) return []
      return [{ serverId: server.serverId, workerId: server.workerId, free }]
    })
  }

  async #leaseFor(candidate: Candidate, credit: number): Promise<number> {
    const link = this.#links.get(candidate.workerId)
    if (link === undefined) return 0
    const { workerId, serverId, taskTypes } = link
    const isIdle = this.held.of(workerId).length === 0
    const fleetSlots = this.#deps.fleet.status().slots
    const leases = await this.#deps.queue.lease({ workerId, serverId, taskTypes, credit, isIdle, fleetSlots })
    const live = leases.filter((lease) => this.held.confirm(lease.task, lease.token))
    if (live.length > 0) {
      this.#lastServerId = serverId
      await this.#deliver(link, live)
    }
    return leases.length
  }

  async #deliver(link: WorkerLink, leases: readonly Lease[]): Promise<void> {
    const jobs = leases.map((lease) => jobOf(lease, this.#deps.auth, this.#deps.leaseMs))
    const [first] = jobs
    const isCurrent = this.#links.get(link.workerId) === link
    const frame: GatewayFrame | undefined =
      jobs.length === 1 && first !== undefined
        ? { type: 'gpu.job.submit', ...first }
        : { type: 'gpu.job.dispatch.batch', version: '1.0', data: { jobs } }
    if (isCurrent && link.send(frame)) return
    await this.#handBack(
      link.workerId,
      leases.map(({ task, token }) => ({ task_id: task.id, epoch: task.epoch, token })),
    )
  }

  async #handBack(workerId: string, refs: readonly LeaseRef[]): Promise<void> {
    for (const ref of refs) {
      this.#handingBack.add(ref.task_id)
      try {
        await this.#deps.queue.release(ref, workerId)
      } catch (error) {
        // Its accept deadline brings it back; whoever hands back (a stop, a lost connection) has more to do.
        this.#deps.log.error('a job could not be put back', { task: ref.task_id, error })
      } finally {
        this.#handingBack.delete(ref.task_id)
      }
    }
  }

  #penalise(workerId: string): void {
    this.#penalties.set(workerId, this.#deps.clock.monotonic() + this.#deps.penaltyMs)
  }

  #onChange({ task }: QueueChange): void {
    const before = this.held.observe(task)
    const wasLeased = before?.task.state === 'leased'
    if (wasLeased && task.state === 'queued' && !this.#handingBack.has(task.id)) this.#penalise(before.workerId)
    if (task.state === 'cancelling') this.#sendCancel(task)
    else if (wasLeased && task.state === 'cancelled') this.#sendCancel(before.task)
    // A new task or a freed slot; a back-off that is not over yet is found by the reaper's own kick.
    if (task.state === 'queued' || before !== undefined) void this.kick()
  }

  #sendCancel(task: StoredTask): void {
    if (task.workerId === null) return
    this.#links
      .get(task.workerId)
      ?.send({ type: 'gpu.job.cancel', version: '1.0', task_id: task.id, epoch: task.epoch })
  }
}
